"""verify names everything that is wrong with a collection, and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.verify import verify_collection
from brainseek.index.maintain.verify_fault import Fault
from brainseek.index.table.schema import FORMAT_KEY, rows_to_table
from brainseek.index.vector_cache.cache import CACHE, CURRENT
from tests.index.made_rows import DIM, ENCODER, batch

NOT_UNIT = "have a vector that is not finite or not of length 1"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", ENCODER, DIM, batch(1))


def table_of(number: int, collection: Collection) -> pa.Table:
    return rows_to_table(batch(number), collection.table.schema)


def write_raw(collection: Collection, table: pa.Table, mode: str = "append") -> None:
    """Write past all checks, as other software would."""
    import lance

    lance.write_dataset(table, f"{collection.uri}/rows.lance", mode=mode)


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), values)


def with_vector(table: pa.Table, row: int, vector: list[float]) -> pa.Table:
    vectors = table["vector"].to_pylist()
    vectors[row] = vector
    return with_column(table, "vector", pa.array(vectors, table.schema.field("vector").type))


def with_first(name: str, value: str) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        values = [value, *table[name].to_pylist()[1:]]
        return with_column(table, name, pa.array(values, pa.string()))

    return change


def test_a_whole_collection_in_any_state(collection: Collection) -> None:
    assert verify_collection(collection.uri) == []
    collection.build_cache()
    assert verify_collection(collection.uri) == []
    collection.add([*batch(2), *(replace(row, note="again") for row in batch(1)[:5])])
    collection.delete("plate < 3")
    assert verify_collection(collection.uri) == []  # the cache is old, which is no problem
    collection.snapshot("s")
    collection.delete("plate >= 0")
    assert len(collection) == 0
    assert verify_collection(collection.uri) == []
    collection.compact()
    assert verify_collection(collection.uri) == []


def test_without_a_collection(tmp_path: Path) -> None:
    with pytest.raises(BrainseekError, match="holds no collection"):
        verify_collection(tmp_path)
    with pytest.raises(BrainseekError, match="holds no collection"):
        verify_collection(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("place", "change", "said"),
    [
        (0, with_first("id", ""), "have an empty id"),
        (0, with_first("kind", "slice"), "are none of plate, section, patch"),
        (3, lambda t: with_vector(t, 3, [float("nan")] * DIM), NOT_UNIT),
        (3, lambda t: with_vector(t, 3, [float("inf")] * DIM), NOT_UNIT),
        (3, lambda t: with_vector(t, 3, [0.0] * DIM), NOT_UNIT),
        (3, lambda t: with_vector(t, 3, [1.0] * DIM), NOT_UNIT),
    ],
)
def test_wrong_rows_are_named_by_their_file(
    collection: Collection, place: int, change: Callable[[pa.Table], pa.Table], said: str
) -> None:
    table = change(table_of(2, collection))
    write_raw(collection, table)
    (problem,) = verify_collection(collection.uri)
    assert problem.where == f"rows.lance/{Collection.open(collection.uri).table.data_files()[-1]}"
    assert problem.what == f"1 of its rows {said}, the first is '{table['id'][place].as_py()}'"


def test_ids_that_occur_twice(collection: Collection) -> None:
    write_raw(collection, table_of(2, collection))
    write_raw(collection, table_of(2, collection).slice(0, 2))
    write_raw(collection, table_of(1, collection).slice(39, 1))
    double = [*table_of(2, collection)["id"].to_pylist()[:2], table_of(1, collection)["id"][39]]
    assert verify_collection(collection.uri) == [
        Fault(f"row '{name}'", "its id occurs 2 times") for name in sorted(map(str, double))
    ]


def test_other_columns(collection: Collection) -> None:
    table = table_of(1, collection)
    wide = table.append_column("colour", pa.array(["red"] * 40))
    write_raw(collection, wide, "overwrite")
    assert verify_collection(collection.uri) == [
        Fault("schema", "column 'colour' is string and not known")
    ]
    place = table.column_names.index("plate")
    other = table.set_column(place, "plate", pa.array(["x"] * 40))
    write_raw(collection, other, "overwrite")
    assert verify_collection(collection.uri) == [
        Fault("schema", "column 'plate' is string and not int32")
    ]
    write_raw(collection, table.drop_columns(["plate"]), "overwrite")
    (problem,) = verify_collection(collection.uri)
    assert "no column 'plate'" in problem.what


def test_another_format(collection: Collection) -> None:
    table = table_of(1, collection)
    metadata = {**table.schema.metadata, FORMAT_KEY: b"99"}
    write_raw(collection, table.replace_schema_metadata(metadata), "overwrite")
    (problem,) = verify_collection(collection.uri)
    assert "was written in format 99" in problem.what
    write_raw(collection, table.replace_schema_metadata({}), "overwrite")
    (problem,) = verify_collection(collection.uri)
    assert "names no encoder" in problem.what


def test_a_snapshot_whose_rows_are_gone(collection: Collection) -> None:
    collection.snapshot("first")
    (name,) = collection.table.data_files()
    collection.delete("plate >= 0")
    collection.compact()
    assert verify_collection(collection.uri) == []
    (Path(collection.uri) / "rows.lance" / name).unlink()
    assert verify_collection(collection.uri) == [
        Fault(f"rows.lance/{name}", "it is missing (in snapshot 'first')")
    ]


def test_a_snapshot_of_a_lost_version(collection: Collection) -> None:
    collection.snapshot("first")
    collection.add(batch(2))
    folder = Path(collection.uri) / "rows.lance" / "_versions"
    sorted(folder.glob("*.manifest"))[-1].unlink()
    (problem,) = verify_collection(collection.uri)
    assert problem.where == "snapshot 'first'"
    (folder.parent / "_refs" / "tags" / "first.json").write_text("{")
    assert [p.where for p in verify_collection(collection.uri)] == ["rows.lance/_refs/tags"]


def test_a_cache_of_later_versions(collection: Collection) -> None:
    """Somebody put an older copy of the table back."""
    folder = Path(collection.uri)
    shutil.copytree(folder / "rows.lance", folder.parent / "copy")
    collection.add(batch(2))
    collection.build_cache()
    shutil.rmtree(folder / "rows.lance")
    shutil.move(folder.parent / "copy", folder / "rows.lance")
    (problem,) = verify_collection(folder)
    assert problem.where == "cache"
    assert "the newest is 1" in problem.what
    assert len(Collection.open(folder).rows()) == 40


def test_progress_counts_rows(collection: Collection) -> None:
    collection.add(batch(2, 3000))
    seen: list[tuple[int, int]] = []
    verify_collection(collection.uri, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3040, 3040)
    assert {total for _, total in seen} == {3040}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) > 3  # in batches


def test_a_row_that_the_cache_has_and_the_table_has_not(collection: Collection) -> None:
    """Its list of deleted rows was changed: the same number of rows, but others."""
    collection.add(batch(2))
    collection.delete("plate = 7 and note = 'batch 1'")
    collection.build_cache()
    (name,) = (n for n in collection.table.data_files() if n.startswith("_deletions"))
    path = Path(collection.uri) / "rows.lance" / name
    with pa.ipc.open_file(path.read_bytes()) as file:
        schema = file.schema
        assert file.read_all()["row_id"].to_pylist() == [7]
    with pa.ipc.new_file(path, schema) as file:
        file.write_table(pa.table({"row_id": pa.array([9], pa.uint32())}, schema=schema))
    problems = verify_collection(collection.uri)
    assert len(problems) == 1
    assert "1 of its rows are not what the search index was made from" in problems[0].what
    (Path(collection.uri) / CACHE / CURRENT).unlink()
    assert verify_collection(collection.uri) == []


def test_values_that_are_not_numbers_are_equal_to_themselves(collection: Collection) -> None:
    collection.add([replace(row, ap_um=float("nan"), dv_um=-0.0) for row in batch(2)])
    collection.build_cache()
    assert verify_collection(collection.uri) == []


def test_memory_stays_small(collection: Collection) -> None:
    """Rows come in batches, however large the files are."""
    from brainseek.index.maintain import verify_rows as module

    sizes: list[int] = []
    original = module._Rows.check

    def noted(self: module._Rows, rows: pa.RecordBatch, cached: object) -> None:
        sizes.append(rows.num_rows)
        original(self, rows, cached)  # type: ignore[arg-type]

    collection.add(batch(2, 5000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Rows, "check", noted)
        assert verify_collection(collection.uri) == []
    assert max(sizes) <= 1024
    assert sum(sizes) == 5040
