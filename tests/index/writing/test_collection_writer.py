"""Rows are written a few thousand at once, and nothing is made for nothing."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.table.schema import Row
from brainseek.index.writing.collection_writer import COMMIT_ROWS, CollectionWriter

ENCODER = "made@12345678"


def rows(name: str, n: int) -> list[Row]:
    return [Row(np.eye(2, dtype=np.float32)[0], "patch", f"{name}{i}") for i in range(n)]


def test_commits_hold_whole_batches(tmp_path: Path) -> None:
    sizes = [COMMIT_ROWS - 1, 3, COMMIT_ROWS, 5]
    batches = (rows(f"{number}-", n) for number, n in enumerate(sizes))
    assert CollectionWriter(tmp_path / "c", ENCODER).write(batches, 2) == sum(sizes)
    there = [len(Collection.open(tmp_path / "c", version=v)) for v in (1, 2, 3, 4)]
    assert np.diff(there).tolist() == [COMMIT_ROWS + 2, COMMIT_ROWS, 5]


def test_nothing_is_made_for_nothing(tmp_path: Path) -> None:
    writer = CollectionWriter(tmp_path / "c", ENCODER)
    assert writer.write([[], []], 2) == 0
    assert writer.collection is None
    assert not (tmp_path / "c").exists()
    writer.ready(2)
    with pytest.raises(BrainseekError, match="written by encoder made@12345678 and not by other@1"):
        CollectionWriter(tmp_path / "c", "other@1")
