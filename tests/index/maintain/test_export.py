"""A collection leaves as one file, whole, and comes back the same."""

import csv
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.export import export_collection
from brainseek.index.maintain.import_files import row_tables
from brainseek.index.table.schema import METADATA_COLUMNS, row_id
from tests.index.made_patches import DIM, ENCODER, made_collection


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return made_collection(tmp_path / "c", 30)


def added(collection: Collection, file: Path, to: Path, vectors: Path | None = None) -> Collection:
    other = Collection.create(to, collection.encoder, collection.dim)
    for table in row_tables(file, other.table.schema, vectors):
        other.add_table(table)
    return other


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".PARQUET"])
def test_round_trip(tmp_path: Path, collection: Collection, suffix: str) -> None:
    file = tmp_path / f"rows{suffix}"
    assert export_collection(collection, file) == 30
    other = added(collection, file, tmp_path / "d")
    assert other.rows() == collection.rows()
    assert other.thumbnails() == collection.thumbnails()
    for row in collection.ids():
        np.testing.assert_array_equal(other.vector(row), collection.vector(row))


def test_parquet_is_plain_for_other_readers(tmp_path: Path, collection: Collection) -> None:
    export_collection(
        collection, tmp_path / "rows.parquet", "stain = 'nissl' and structure is not null"
    )
    table = pq.read_table(tmp_path / "rows.parquet")
    assert table.num_rows == 5
    assert set(table["stain"].to_pylist()) == {"nissl"}
    assert table.schema.metadata[b"brainseek.encoder"] == ENCODER.encode()
    pandas = pytest.importorskip("pandas")
    assert np.stack(pandas.read_parquet(tmp_path / "rows.parquet")["vector"]).shape == (5, DIM)


def test_csv(tmp_path: Path, collection: Collection) -> None:
    assert export_collection(collection, tmp_path / "rows.csv") == 30
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        lines = {line["id"]: line for line in csv.DictReader(file)}
    for row in collection.rows():
        line = lines[row["id"]]
        assert tuple(line) == METADATA_COLUMNS
        assert line["note"] == (row["note"] or "")
        assert float(line["ml_um"]) == row["ml_um"] == 0.1 + 0.2
        assert line["structure_id"] == ("" if row["structure_id"] is None else "382")


def test_npz(tmp_path: Path, collection: Collection) -> None:
    export_collection(collection, tmp_path / "rows.npz", "plate is null")
    with np.load(tmp_path / "rows.npz", allow_pickle=False) as file:
        assert str(file["encoder"]) == ENCODER
        assert file["vectors"].dtype == np.float32
        for name, vector in zip(file["id"], file["vectors"], strict=True):
            np.testing.assert_array_equal(vector, collection.vector(str(name)))
        assert sorted(file["id"]) == collection.ids()


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".npz"])
def test_nothing_to_export(tmp_path: Path, collection: Collection, suffix: str) -> None:
    file = tmp_path / f"rows{suffix}"
    assert export_collection(collection, file, "stain = 'none'") == 0
    assert file.stat().st_size > 0
    if suffix == ".npz":
        assert np.load(file)["vectors"].shape == (0, DIM)


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond some bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_file_is_replaced_only_if_asked_and_only_when_whole(
    tmp_path: Path, collection: Collection
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("mine")
    with pytest.raises(BrainseekError, match="is there already"):
        export_collection(collection, file)
    for suffix in (".csv", ".parquet", ".arrow", ".npz"):
        with pytest.raises(BrainseekError, match=r"can't be written .*arge"), files_at_most(500):
            export_collection(collection, file.with_suffix(suffix), force=True)
    assert file.read_text() == "mine"
    assert export_collection(collection, file, force=True) == 30
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "rows.csv"]


def test_what_can_not_be_exported(tmp_path: Path, collection: Collection) -> None:
    with pytest.raises(BrainseekError, match=r"ends in \.parquet, \.arrow, \.csv, \.npz"):
        export_collection(collection, tmp_path / "rows.xlsx")
    with pytest.raises(BrainseekError, match="can't be written"):
        export_collection(collection, tmp_path / "no" / "rows.csv")
    with pytest.raises(BrainseekError, match="colour"):
        export_collection(collection, tmp_path / "rows.csv", "colour = 'red'")


def test_rows_from_arrays(tmp_path: Path, collection: Collection) -> None:
    rows = collection.rows()
    vectors = np.stack([collection.vector(row["id"]) for row in rows])
    np.savez(
        tmp_path / "rows.npz",
        vectors=vectors.astype(np.float64),
        kind="patch",
        source_uri=np.array([row["source_uri"] for row in rows]),
        plate=np.where(np.arange(30) % 2, np.arange(30), np.nan),
        encoder=ENCODER,
    )
    np.savez(tmp_path / "odd.npz", vectors=vectors, kind=["patch"] * 3, source_uri="s")
    with pytest.raises(BrainseekError, match=r"'kind' of .* has shape \(3,\)"):
        added(collection, tmp_path / "odd.npz", tmp_path / "odd")
    with pytest.raises(BrainseekError, match="occurs twice"):
        added(collection, tmp_path / "rows.npz", tmp_path / "d")
    sources = np.array([f"s{i}" for i in range(30)])
    np.savez(
        tmp_path / "rows.npz",
        vectors=vectors,
        kind="patch",
        source_uri=sources,
        plate=np.where(np.arange(30) % 2, np.arange(30), np.nan),
    )
    other = added(collection, tmp_path / "rows.npz", tmp_path / "e")
    plates = {row["source_uri"]: row["plate"] for row in other.rows()}
    assert plates == {f"s{i}": i if i % 2 else None for i in range(30)}
    assert other.ids() == sorted(row_id("patch", f"s{i}") for i in range(30))


def test_rows_from_a_table_and_its_vectors(tmp_path: Path, collection: Collection) -> None:
    export_collection(collection, tmp_path / "rows.csv")
    table = pa.csv.read_csv(tmp_path / "rows.csv")
    ids = table["id"].to_pylist()
    np.save(tmp_path / "rows.npy", np.stack([collection.vector(row) for row in ids]))
    for column in ([], ["id"]):  # the ids are made again from source, plane, axis and window
        pa.csv.write_csv(table.drop_columns(column), tmp_path / "mine.csv")
        other = added(
            collection, tmp_path / "mine.csv", tmp_path / f"d{len(column)}", tmp_path / "rows.npy"
        )
        assert other.rows() == collection.rows()
        np.testing.assert_array_equal(other.vector(ids[7]), collection.vector(ids[7]))


def test_files_that_are_refused(tmp_path: Path, collection: Collection) -> None:
    schema = collection.table.schema

    def sentence(file: Path, vectors: Path | None = None) -> str:
        with pytest.raises(BrainseekError, match=r"\.$") as caught:
            list(row_tables(file, schema, vectors))
        return str(caught.value)

    assert "is not there" in sentence(tmp_path / "none.parquet")
    assert "brainseek embed" in sentence(tmp_path / "image.png")
    for name in ("a.parquet", "a.arrow", "a.npz", "a.csv"):
        (tmp_path / name).write_bytes(b"")
    assert "--vectors" in sentence(tmp_path / "a.csv")
    assert "goes with a .csv" in sentence(tmp_path / "a.npz", tmp_path / "v.npy")
    for name in ("a.parquet", "a.arrow", "a.npz"):
        assert "can't be read" in sentence(tmp_path / name), name
        (tmp_path / name).write_bytes(b"PK\x03\x04 and more that is no archive" * 40)
        assert "can't be read" in sentence(tmp_path / name), name
    np.save(tmp_path / "v.npy", np.array([{"an": "object"}], dtype=object), allow_pickle=True)
    assert "can't be read" in sentence(tmp_path / "a.csv", tmp_path / "v.npy")
    (tmp_path / "v.npz").write_bytes((tmp_path / "v.npy").read_bytes())
    assert "can't be read" in sentence(tmp_path / "v.npz")
    np.save(tmp_path / "v.npy", np.zeros((2, DIM)))
    (tmp_path / "v.npz").write_bytes((tmp_path / "v.npy").read_bytes())
    assert "numpy.savez" in sentence(tmp_path / "v.npz")
    (tmp_path / "a.csv").write_text("kind,source_uri\npatch,s\n")
    assert "1 rows and" in sentence(tmp_path / "a.csv", tmp_path / "v.npy")
    np.save(tmp_path / "v.npy", np.zeros((1, 3)))
    assert "(1, 3)" in sentence(tmp_path / "a.csv", tmp_path / "v.npy")
    (tmp_path / "a.csv").write_text("kind,source_uri,plate\npatch,s,many\n")
    np.save(tmp_path / "v.npy", np.zeros((1, DIM)))
    assert "many" in sentence(tmp_path / "a.csv", tmp_path / "v.npy")
    np.savez(tmp_path / "a.npz", vectors=np.zeros((1, DIM)))
    assert "no column 'kind'" in sentence(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", kind="patch")
    assert "no array 'vectors'" in sentence(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", vectors=np.zeros((1, DIM)), encoder="other@1")
    assert "other@1" in sentence(tmp_path / "a.npz")
    export_collection(collection, tmp_path / "b.parquet")
    other = Collection.create(tmp_path / "o", "other@1", DIM)
    with pytest.raises(BrainseekError, match=f"{ENCODER}.*other@1"):
        list(row_tables(tmp_path / "b.parquet", other.table.schema))
