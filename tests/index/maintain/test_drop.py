"""A drop deletes a collection, nothing else, and can be killed anywhere."""

import os
import shutil
from pathlib import Path

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.drop import check_droppable, drop_collection
from brainseek.index.maintain.foreign_files import DROPPED
from tests.index.made_patches import DIM, ENCODER, made_collection, patches


def busy_collection(folder: Path) -> Collection:
    """Return a collection that has every kind of file: deletions, tags, transactions, a cache."""
    collection = made_collection(folder, 20)
    collection.snapshot("first")
    collection.add(patches(5, seed=1))
    collection.delete("stain = 'ish'")
    collection.build_cache()
    return collection


def test_drop_leaves_nothing(tmp_path: Path) -> None:
    busy_collection(tmp_path / "c")
    (tmp_path / "neighbour.txt").write_text("stays")
    drop_collection(tmp_path / "c")
    assert [path.name for path in tmp_path.iterdir()] == ["neighbour.txt"]
    with pytest.raises(BrainseekError, match="holds no collection"):
        drop_collection(tmp_path / "c")


@pytest.mark.parametrize(
    "stranger", ["notes.txt", "images/a.png", "rows.lance/mine.txt", "cache/mine", "rows"]
)
def test_foreign_files_are_named_and_everything_stays(tmp_path: Path, stranger: str) -> None:
    busy_collection(tmp_path / "c")
    path = tmp_path / "c" / stranger
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BrainseekError, match=stranger.partition("/a")[0]):
        drop_collection(tmp_path / "c")
    assert sorted(tmp_path.rglob("*")) == before


def test_links_are_not_followed(tmp_path: Path) -> None:
    busy_collection(tmp_path / "c")
    (tmp_path / "link").symlink_to(tmp_path / "c")
    with pytest.raises(BrainseekError, match="is a link"):
        drop_collection(tmp_path / "link")
    shutil.move(tmp_path / "c" / "rows.lance", tmp_path / "elsewhere.lance")
    (tmp_path / "c" / "rows.lance").symlink_to(tmp_path / "elsewhere.lance")
    with pytest.raises(BrainseekError, match=r"no part of a collection: rows\.lance"):
        drop_collection(tmp_path / "c")
    assert any((tmp_path / "elsewhere.lance" / "data").iterdir())


def test_what_is_no_collection(tmp_path: Path) -> None:
    import lance
    import pyarrow as pa

    (tmp_path / "folder").mkdir()
    with pytest.raises(BrainseekError, match="holds no collection"):
        drop_collection(tmp_path / "folder")
    with pytest.raises(BrainseekError, match="holds no collection"):
        drop_collection(tmp_path / "missing")
    lance.write_dataset(pa.table({"x": [1]}), tmp_path / "table" / "rows.lance")
    with pytest.raises(BrainseekError, match="not a collection"):
        drop_collection(tmp_path / "table")
    assert (tmp_path / "table" / "rows.lance").is_dir()


def test_a_damaged_collection_can_be_dropped(tmp_path: Path) -> None:
    busy_collection(tmp_path / "c")
    for manifest in (tmp_path / "c" / "rows.lance" / "_versions").glob("*.manifest"):
        manifest.write_bytes(b"nothing")
    assert check_droppable(tmp_path / "c") is None
    drop_collection(tmp_path / "c")
    assert not (tmp_path / "c").exists()


class Killed(BaseException):
    """Stands for a signal that can't be caught."""


def test_killed_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After any number of deletions it is whole or no collection; a second drop finishes."""
    busy_collection(tmp_path / "kept")
    rows = Collection.open(tmp_path / "kept").rows()
    wholes, step = 0, 0
    while True:
        folder = tmp_path / f"c{step}"
        shutil.copytree(tmp_path / "kept", folder)
        if not interrupted(folder, step, monkeypatch):
            break
        if (folder / "rows.lance").exists():
            wholes += 1
            assert Collection.open(folder).rows() == rows
        else:
            with pytest.raises(BrainseekError, match="holds no collection"):
                Collection.open(folder)
        if folder.exists() and any(folder.iterdir()) and step % 2:
            drop_collection(folder)
            assert not folder.exists()
        elif folder.exists() and not (folder / "rows.lance").exists():
            # the place is free for another one, which the rest of the former doesn't harm
            fresh = Collection.create(folder, ENCODER, DIM, patches(3, seed=9))
            assert len(fresh.search(patches(3, seed=9)[0].vector, 10)) == 3
            drop_collection(folder)
            assert not folder.exists()
        step += 1
    assert not (tmp_path / f"c{step}").exists()
    assert wholes > 3
    assert step - wholes > 5


def interrupted(folder: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Drop, killed at the call after so many that change the disk; False if it came to its end."""
    left = steps

    def counted(name: str):  # type: ignore[no-untyped-def]
        real = getattr(os, name)

        def call(*args, **kwargs):  # type: ignore[no-untyped-def]
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in ("unlink", "rmdir", "rename"):
            patch.setattr(os, name, counted(name))
        try:
            drop_collection(folder)
        except Killed:
            return True
    return False


def test_dropped_rest_is_named_so(tmp_path: Path) -> None:
    busy_collection(tmp_path / "c")
    os.rename(tmp_path / "c" / "rows.lance", tmp_path / "c" / DROPPED)
    assert check_droppable(tmp_path / "c") is None
    (tmp_path / "c" / DROPPED / "mine.txt").write_text("x")
    with pytest.raises(BrainseekError, match=r"mine\.txt"):
        drop_collection(tmp_path / "c")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may delete anything")
def test_no_permission(tmp_path: Path) -> None:
    busy_collection(tmp_path / "c")
    (tmp_path / "c").chmod(0o555)
    try:
        with pytest.raises(BrainseekError, match="can't be"):
            drop_collection(tmp_path / "c")
    finally:
        (tmp_path / "c").chmod(0o755)
