"""What a collection says of itself."""

from datetime import datetime
from pathlib import Path

from brainseek.index.collection import Collection
from brainseek.index.maintain.info import collection_info
from brainseek.index.maintain.local_collections import find_collections
from tests.index.made_patches import DIM, ENCODER, made_collection, patches


def test_every_field(tmp_path: Path) -> None:
    collection = made_collection(tmp_path / "c", 30)
    before = collection_info(collection)
    assert before.search_index is None
    assert before.recall is None
    assert not (tmp_path / "c" / "cache").exists(), "describing makes nothing"
    collection.snapshot("first")
    collection.build_cache()
    collection.add(patches(40, seed=1)[30:])
    assert collection.delete("stain = 'ish'") > 0
    info = collection_info(collection, recall=True)
    assert (info.uri, info.encoder, info.dim) == (str(tmp_path / "c"), ENCODER, DIM)
    assert info.rows == len(collection) == sum(group.rows for group in info.groups)
    assert info.version == collection.version
    assert info.snapshots == {"first": 1}
    assert [number for number, _ in info.versions] == sorted(
        (number for number, _ in info.versions), reverse=True
    )
    assert info.versions[0][0] == info.version
    assert all(isinstance(time, datetime) for _, time in info.versions)
    assert info.fragments >= 1
    files = [path for path in (tmp_path / "c" / "rows.lance").rglob("*") if path.is_file()]
    assert info.table_bytes == sum(path.stat().st_size for path in files)
    assert info.recall is not None
    assert info.recall.recall == 1.0
    made = info.search_index
    assert made is not None
    assert (made.kind, made.setting, made.version, made.rows) == ("flat", None, 1, 30)
    stains = [row["stain"] for row in collection.rows()]
    assert made.changes == 10 + 7, "ten of its rows are gone, seven of the ten new ones are left"
    assert {group.stain: group.rows for group in info.groups} == {
        stain: stains.count(stain) for stain in set(stains)
    }
    assert made.bytes > 0


def test_without_recall_the_same_search_index_is_described(tmp_path: Path) -> None:
    collection = made_collection(tmp_path / "c", 30)
    collection.build_cache()
    collection.add(patches(33, seed=1)[30:])
    fresh = Collection.open(tmp_path / "c")
    assert (
        collection_info(fresh).search_index == collection_info(collection, recall=True).search_index
    )
    assert collection_info(fresh).search_index.changes == 3  # type: ignore[union-attr]


def test_only_the_last_versions_are_named(tmp_path: Path) -> None:
    collection = made_collection(tmp_path / "c", 1)
    for i in range(11):
        collection.add(patches(1, seed=i))
    assert [number for number, _ in collection_info(collection).versions] == list(range(12, 2, -1))


def test_empty(tmp_path: Path) -> None:
    info = collection_info(Collection.create(tmp_path / "c", ENCODER, DIM), recall=True)
    assert (info.rows, info.groups, info.recall) == (0, (), None)


def test_collections_are_found_in_order(tmp_path: Path) -> None:
    for name in ("b/two", "a", "b/one", ".hidden/c"):
        (tmp_path / name / "rows.lance" / "x" / "rows.lance").mkdir(parents=True)
    (tmp_path / "b" / "rows.lance").write_text("a file")
    found = [str(path.relative_to(tmp_path)) for path in find_collections(tmp_path)]
    assert found == ["a", "b/one", "b/two"]
    assert list(find_collections(tmp_path / "a")) == [tmp_path / "a"]
