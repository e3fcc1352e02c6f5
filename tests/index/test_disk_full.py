"""No space left: one sentence, and what was there before is whole and can be searched."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.index.child_work import (
    COMPACT,
    cut_the_last_bytes,
    fill_a_disk,
    start,
    write_with_little_space,
)

ROOT = Path(__file__).parents[2]
MOUNT = 'mount -t tmpfs -o size=1m tmpfs "$0" || exit 77; exec "$@"'
FILL = f"from {fill_a_disk.__module__} import fill_a_disk; import sys; fill_a_disk(sys.argv[1])"


def check_refusals(said: list[str], uri: str) -> None:
    """Each attempt to write ends with one sentence that says what to do."""
    rows, index = "what it held before is intact: check the free space", "The rows are safe."
    for text, advice in zip(said, [rows, index, index, rows, None, rows], strict=True):
        assert text.startswith(
            (f"the collection {uri}", f"the search index can't be written to {uri}")
        )
        assert "can't be written" in text
        assert advice is None or advice in text
        assert "\n" not in text
        assert ".rs" not in text


def test_no_file_may_grow(tmp_path: Path) -> None:
    child, connection = start(write_with_little_space, str(tmp_path / "c"))
    said = connection.recv()
    child.join()
    assert isinstance(said, list), said
    check_refusals(said, str(tmp_path / "c"))


def test_a_full_disk(tmp_path: Path) -> None:
    """A real file system of 1 MB, mounted where only the child sees it."""
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, str(tmp_path)]
    try:
        done = subprocess.run(
            [*command, sys.executable, "-c", FILL, str(tmp_path)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )
    except FileNotFoundError:
        pytest.skip("there is no `unshare` on this system")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("a file system of one's own can't be mounted here")
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == 3
    for said in rounds:
        check_refusals(said, str(tmp_path / "c"))


def test_a_file_whose_last_bytes_have_no_place(tmp_path: Path) -> None:
    """Lance commits such a file; the commit is taken back."""
    child, connection = start(cut_the_last_bytes, str(tmp_path))
    said = connection.recv()
    child.join()
    assert isinstance(said, list), said
    assert len(said) == 9
    for kind, missing, text in said:
        if kind == COMPACT and not text:
            continue  # it may find a way to do with less; that nothing is lost was checked there
        assert ("can't be written" in text) == (missing > 0), (kind, missing, text)
