"""What is damaged is named or made again, and never served."""

import logging
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.vector_cache.cache import CACHE, CURRENT, STAMP
from brainseek.index.vector_cache.load import load_cache
from tests.index.made_rows import DIM, ENCODER, assert_right, batch, unit, vectors_by_source

THERE = vectors_by_source([1, 2])


@pytest.fixture
def uri(tmp_path: Path) -> Path:
    """Two batches, a cache of the first and a few deleted rows of a third."""
    collection = Collection.create(tmp_path / "c", ENCODER, DIM, batch(1))
    collection.build_cache()
    collection.add([*batch(2), *batch(3)])
    collection.delete("note = 'batch 3'")
    return tmp_path / "c"


def cache_folder(uri: Path) -> Path:
    return uri / CACHE / (uri / CACHE / CURRENT).read_text()


def served(uri: Path, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Search, compare with a slow loop, and return what was said."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, "brainseek.index"):
        assert_right(Collection.open(uri), THERE)
    return [record.getMessage() for record in caplog.records]


def test_every_flipped_byte_of_the_cache_is_noticed(
    uri: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(0)
    for name in ("vectors.faiss", "rows.arrow", STAMP, "../" + CURRENT):
        for _ in range(6):
            path = cache_folder(uri) / name
            intact = path.read_bytes()
            damaged = bytearray(intact)
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            path.write_bytes(damaged)
            assert any(problem.where == "cache/current" for problem in verify_collection(uri))
            assert any("is made again" in text for text in served(uri, caplog)), name
            assert verify_collection(uri) == []
            assert served(uri, caplog) == []


@pytest.mark.parametrize("name", ["vectors.faiss", "rows.arrow", STAMP, "../" + CURRENT])
def test_a_cut_or_missing_file_of_the_cache(
    uri: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    for keep in (0, 1, 100):
        path = (cache_folder(uri) / name).resolve()
        path.write_bytes(path.read_bytes()[: min(keep, path.stat().st_size // 2)])
        assert any("is made again" in text for text in served(uri, caplog))
    (cache_folder(uri) / name).resolve().unlink()
    served(uri, caplog)
    assert verify_collection(uri) == []
    assert_right(Collection.open(uri), THERE)


@pytest.mark.parametrize(
    "text", ["null", "[]", '"x"', "3", "{}", '{"seal": 1}', '{"format": 1}', "[" * 10_000, "\x00"]
)
def test_a_stamp_that_is_something_else(
    uri: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (cache_folder(uri) / STAMP).write_text(text)
    assert any("is made again" in said for said in served(uri, caplog))


@pytest.mark.parametrize(
    "name",
    ["../../x", "../build-1-00000000", "/etc", "build-1-00000000/..", "", ".", "build-1-0\n"],
)
def test_the_pointer_can_not_lead_out_of_the_cache(
    uri: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even to a sound cache."""
    intact = cache_folder(uri)
    for place in (uri.parent / "x", uri / "build-1-00000000"):
        shutil.copytree(intact, place)
    (uri / CACHE / CURRENT).write_text(name)
    cache, why = load_cache(uri / CACHE, ENCODER)
    assert cache is None
    assert "names no cache" in why
    assert served(uri, caplog)
    assert (uri.parent / "x" / STAMP).is_file()  # nothing else was cleaned away either
    assert (uri / "build-1-00000000" / STAMP).is_file()


def test_the_cache_of_another_encoder_is_not_used(tmp_path: Path, uri: Path) -> None:
    other = Collection.create(tmp_path / "other", "other@11111111", DIM, batch(7))
    other.build_cache()
    shutil.rmtree(uri / CACHE)
    shutil.copytree(tmp_path / "other" / CACHE, uri / CACHE)
    assert any("other@11111111" in problem.what for problem in verify_collection(uri))
    assert_right(Collection.open(uri), THERE)
    assert verify_collection(uri) == []


def test_the_cache_of_another_collection_does_no_harm(tmp_path: Path, uri: Path) -> None:
    """Of the same encoder: it shares no file with this one, so none of its rows is there."""
    other = Collection.create(tmp_path / "other", ENCODER, DIM, batch(7))
    other.build_cache()
    shutil.rmtree(uri / CACHE)
    shutil.copytree(tmp_path / "other" / CACHE, uri / CACHE)
    assert_right(Collection.open(uri), THERE)


def test_a_damaged_file_of_rows_is_named(uri: Path) -> None:
    files = Collection.open(uri).table.data_files()
    assert len(files) == 3
    for name in files:
        path = uri / "rows.lance" / name
        intact = path.read_bytes()
        for damaged in (intact[:-1], intact[: len(intact) // 2], b"", None):
            if damaged is None:
                path.unlink()
            else:
                path.write_bytes(damaged)
            shutil.rmtree(uri / CACHE, ignore_errors=True)
            assert any(name in problem.where for problem in verify_collection(uri))
            with pytest.raises(BrainseekError, match="damaged") as caught:
                Collection.open(uri).search(unit(np.random.default_rng(0), 1)[0])
            assert name in str(caught.value)
            assert "verify" in str(caught.value)
            path.write_bytes(intact)
    assert verify_collection(uri) == []
    assert_right(Collection.open(uri), THERE)


def test_a_changed_byte_of_a_vector_is_found(uri: Path) -> None:
    """Lance has no checksums; the cache has, and the rows are compared with it."""
    Collection.open(uri).build_cache()
    name = Collection.open(uri).table.data_files()[0]
    path = uri / "rows.lance" / name
    intact = path.read_bytes()
    place = intact.index(batch(1)[5].vector.tobytes())
    damaged = bytearray(intact)
    damaged[place] ^= 1  # the last bit of a number: the vector still has length 1
    path.write_bytes(damaged)
    problems = verify_collection(uri)
    assert [problem.where for problem in problems] == [f"rows.lance/{name}"]
    assert "1 of its rows are not what the search index was made from" in problems[0].what
    shutil.rmtree(uri / CACHE)
    assert verify_collection(uri) == []  # without a cache nothing can tell


def test_a_damaged_manifest(uri: Path) -> None:
    """The newest version can't be read any more; the ones before it can, and by hand again."""
    version = Collection.open(uri).version
    manifests = sorted((uri / "rows.lance" / "_versions").glob("*.manifest"))
    assert len(manifests) == version
    newest = manifests[0]  # Lance numbers them backwards
    intact = newest.read_bytes()
    for damaged in (intact[:100], b""):
        newest.write_bytes(damaged)
        with pytest.raises(BrainseekError, match="damaged"):
            Collection.open(uri)
        before = Collection.open(uri, version=version - 1)
        assert_right(before, THERE | vectors_by_source([3]))
        (problem,) = verify_collection(uri)
        assert problem.where == f"rows.lance/_versions/{newest.name}"
        assert problem.what.endswith(f"delete it to go back to version {version - 1}")
    newest.unlink()
    assert Collection.open(uri).version == version - 1
    assert verify_collection(uri) == []


def test_damage_of_a_manifest_never_ends_in_anything_but_a_sentence(uri: Path) -> None:
    rng = random.Random(2)
    newest = sorted((uri / "rows.lance" / "_versions").glob("*.manifest"))[0]
    intact = newest.read_bytes()
    shutil.rmtree(uri / CACHE)
    said = []
    for _ in range(60):
        damaged = bytearray(intact)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        newest.write_bytes(damaged)
        try:
            Collection.open(uri).rows()
        except BrainseekError as error:
            said.append(str(error))
            assert verify_collection(uri) != []
    assert len(said) > 5
    assert not any("\n" in text for text in said)


def test_a_foreign_file_is_named_and_changes_nothing(
    uri: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (uri / "notes.txt").write_text("x")
    (uri / "rows.lance" / "x").mkdir()
    (uri / CACHE / "y").write_text("y")
    (cache_folder(uri) / "z").write_text("z")
    names = {"notes.txt", "rows.lance/x", "cache/y", f"cache/{cache_folder(uri).name}/z"}
    assert {problem.where for problem in verify_collection(uri)} == names
    assert served(uri, caplog) == []
    assert (uri / "notes.txt").read_text() == "x"


HARMLESS = [
    "../../etc/passwd", "..", "/", "a/b", "c:\\d", "it's", 'say "x"', "a\nb", "\t", " ", "%00",
    "Röntgen ∂ 脑 🧠", "e\u0301", "\u202e", "'; drop table rows; --", "{}", "*", "null", "0" * 256,
    "-1", "id' or '1'='1", "\x00", "a\x00b", "\ufeff",
]  # fmt: skip


def test_any_text_is_a_harmless_id(tmp_path: Path) -> None:
    rows = [replace(row, id=name) for name, row in zip(HARMLESS, batch(1), strict=False)]
    assert len(rows) == len(HARMLESS)
    collection = Collection.create(tmp_path / "c", ENCODER, DIM, rows[:12])
    collection.build_cache()
    collection.add(rows[12:])
    collection.add(rows)  # the same again: nothing is doubled
    assert collection.ids() == sorted(HARMLESS)
    for row in rows:
        np.testing.assert_array_equal(collection.vector(row.id), row.vector)
        best = collection.search(row.vector, 1)[0].row
        assert (best["id"], best["source_uri"]) == (row.id, row.source_uri)
        if "\x00" not in row.id:
            quoted = row.id.replace("'", "''")
            assert collection.ids(f"id = '{quoted}'") == [row.id]
    collection.compact()
    assert Collection.open(collection.uri).ids() == sorted(HARMLESS)
    assert verify_collection(collection.uri) == []
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == ["c"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "x" * 257}, "longer than 256"),
        ({"id": "\ud800"}, "'id' that can't be stored"),
        ({"source_uri": "file:///\udcff.tif"}, "'source_uri' that can't be stored"),
        ({"plate": 2**40}, "'plate' that can't be stored"),
        ({"note": b"\xff"}, "'note' that can't be stored"),
        ({"ap_um": "far"}, "'ap_um' that can't be stored"),
    ],
)
def test_what_no_table_can_hold(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    collection = Collection.create(tmp_path / "c", ENCODER, DIM, batch(1))
    with pytest.raises(BrainseekError, match=said):
        collection.add([batch(2)[0], replace(batch(2)[1], **changes)])
    assert len(collection) == 40


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "", ".", "a b", "ü", "-x", "x" * 101, "a\n", "\x00"]
)
def test_a_snapshot_name_is_no_path(uri: Path, name: str) -> None:
    collection = Collection.open(uri)
    with pytest.raises(BrainseekError, match="snapshot"):
        collection.snapshot(name)
    with pytest.raises(BrainseekError, match="snapshot"):
        Collection.open(uri, snapshot=name)
    assert collection.snapshots() == {}
