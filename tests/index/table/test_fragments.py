"""Rows of many workers count from one commit on, and no id is there twice, whoever else writes."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.table import rows
from brainseek.index.table.fragments import WrittenRows, write_rows
from brainseek.index.table.location import table_uri
from brainseek.index.table.schema import rows_to_table
from tests.index.made_rows import DIM, ENCODER, assert_right, batch, vectors_by_source


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(str(tmp_path / "c"), ENCODER, DIM, batch(0, 10))


def data(collection: Collection, number: int, rows: slice = slice(None)) -> pa.Table:
    return rows_to_table(batch(number, 10)[rows], collection.table.schema)


def written(collection: Collection, number: int, rows: slice = slice(None)) -> WrittenRows:
    return write_rows(table_uri(collection.uri), data(collection, number, rows))


def upsert(collection: Collection) -> Any:
    """Return Lance's upsert, which no lock of the collection holds back."""
    import lance

    builder = lance.dataset(table_uri(collection.uri)).merge_insert("id")
    return builder.when_matched_update_all().when_not_matched_insert_all()


def test_rows_count_from_the_commit_on_and_all_at_once(collection: Collection) -> None:
    before = collection.version
    parts = [written(collection, 1), written(collection, 2)]
    assert (len(Collection.open(collection.uri)), collection.version) == (10, before)
    assert collection.table.commit_rows(parts) == 20
    assert collection.version == before + 1
    assert_right(collection, vectors_by_source([0, 1, 2], 10))
    assert len(Collection.open(collection.uri, version=before)) == 10
    assert verify_collection(collection.uri) == []


def test_no_rows_are_no_commit(collection: Collection) -> None:
    before = collection.version
    assert collection.table.commit_rows([]) == 0
    assert collection.table.commit_rows([written(collection, 0)]) == 0
    assert (collection.version, len(collection)) == (before, 10)


def test_rows_that_came_in_meanwhile_are_left_out(collection: Collection) -> None:
    parts = [written(collection, 1), written(collection, 2), written(collection, 3)]
    collection.add(batch(2, 10))
    collection.add(batch(3, 10)[4:7])
    assert collection.table.commit_rows(parts) == 10 + 0 + 7
    assert_right(collection, vectors_by_source([0, 1, 2, 3], 10), k=50)
    assert len(collection) == 40 == len(set(collection.ids()))
    assert verify_collection(collection.uri) == []


def test_a_file_of_rows_that_was_deleted_doesn_t_come_back(collection: Collection) -> None:
    collection.add(batch(1, 10))
    old = collection.version
    part = written(collection, 2)
    collection.delete("note = 'batch 1'")
    collection.table.commit_rows([part])
    assert_right(collection, vectors_by_source([0, 2], 10), k=50)
    assert len(Collection.open(collection.uri, version=old)) == 20
    collection.delete("plate = 3")
    collection.compact()
    assert len(collection) == 18
    assert verify_collection(collection.uri) == []


def test_a_commit_in_between_makes_it_look_again(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = rows.adding, []

    def with_an_intruder(dataset: Any, parts: Any) -> Any:
        found = real(dataset, parts)
        if not calls:
            upsert(collection).execute(data(collection, 1, slice(5, 10)))
        calls.append(found[1])
        return found

    monkeypatch.setattr(rows, "adding", with_an_intruder)
    assert collection.table.commit_rows([written(collection, 1), written(collection, 2)]) == 15
    assert calls == [20, 15]
    assert_right(collection, vectors_by_source([0, 1, 2], 10), k=50)


def test_an_upsert_begun_before_and_ended_after_is_made_again(collection: Collection) -> None:
    from lance import LanceDataset
    from lance.commit import CommitConflictError

    begun, _ = upsert(collection).execute_uncommitted(data(collection, 1, slice(5, 10)))
    collection.table.commit_rows([written(collection, 1)])
    with pytest.raises(CommitConflictError) as caught:
        LanceDataset.commit(table_uri(collection.uri), begun)
    assert caught.value.retryable
    assert len(collection) == 20


def test_rows_survive_as_they_were_written(collection: Collection) -> None:
    expected = batch(1, 10)
    collection.table.commit_rows([written(collection, 1)])
    for row in expected:
        (found,) = collection.rows(f"source_uri = '{row.source_uri}'")
        assert (found["plate"], found["note"], found["ap_um"]) == (row.plate, row.note, row.ap_um)
        np.testing.assert_array_equal(collection.vector(found["id"]), row.vector)
    pictures = collection.thumbnails("note = 'batch 1'")
    assert sorted(pictures.values()) == sorted(row.thumbnail or b"" for row in expected)


def test_files_of_a_run_that_died_are_deleted_when_they_are_a_week_old(
    collection: Collection,
) -> None:
    folder = Path(table_uri(collection.uri)) / "data"
    before = set(folder.iterdir())
    written(collection, 1)
    (died,) = set(folder.iterdir()) - before
    week_ago = time.time() - 7.1 * 86_400
    os.utime(died, (week_ago, week_ago))
    running = written(collection, 2)
    assert verify_collection(collection.uri) == []
    collection.table.forget_older(0)
    assert not died.exists()
    assert collection.table.commit_rows([running]) == 10
    assert_right(collection, vectors_by_source([0, 2], 10))
