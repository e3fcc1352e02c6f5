"""Rows from files that other tools wrote, as Arrow tables of a collection."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.table.schema import ENCODER_KEY, SOURCE_COLUMNS, Window, row_id

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".parquet", ".arrow", ".npz", ".csv")
"""The files that can be read."""

BATCH_ROWS = 16_384
"""Rows of one table, and so of one commit."""

_DAMAGE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
_NPZ_NAMES = {"vectors": "vector", "ids": "id"}


def row_tables(
    path: Path | str, schema: "pa.Schema", vectors: Path | str | None = None
) -> "Iterator[pa.Table]":
    """Yield the rows of a file as tables of at most :data:`BATCH_ROWS`.

    ``.parquet`` and ``.arrow`` (IPC file) have the columns of the schema, ``vector`` as a list of
    numbers. ``.npz`` has ``vectors`` (n, d) and arrays named like columns, of n values or of one
    that holds for all rows. ``.csv`` has the other columns, its vectors lie in a ``.npy`` file
    (n, d); empty cells are unknown values. Where there is no ``id``, it is made by
    `index.table.schema.row_id` from kind, source, plane, axis and window. Nothing pickled is read.

    Parameters
    ----------
    path : path
    schema : pa.Schema
        Of the collection, from `brainseek.index.table.schema.collection_schema`.
    vectors : path, optional
        The ``.npy`` file of a ``.csv``.

    Raises
    ------
    BrainseekError
        The file can't be read, says that another encoder wrote it, or lacks what it needs.
        Contents of columns are checked when they are added.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BrainseekError(
            f"'{path}' is no file of rows; give one that ends in {', '.join(SUFFIXES)} (images "
            "are embedded by `brainseek embed`)."
        )
    if not path.is_file():
        raise BrainseekError(f"{path} is not there, or is no file; check the path.")
    if (suffix == ".csv") != (vectors is not None):
        raise BrainseekError(
            f"{path} holds no vectors; name their .npy file with --vectors."
            if vectors is None
            else f"{path} holds its own vectors; --vectors goes with a .csv."
        )
    if suffix == ".npz":
        tables = _npz(path, schema)
    elif vectors is not None:
        tables = _csv(path, Path(vectors), schema)
    else:
        tables = _columnar(path, schema)
    import pyarrow as pa

    try:
        for table in tables:
            if table.num_rows:
                yield _with_ids(path, table)
    except (*_DAMAGE, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _columnar(path: Path, schema: "pa.Schema") -> "Iterator[pa.Table]":
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix.lower() == ".parquet":
        with pq.ParquetFile(path) as file:
            _check_encoder(path, (file.schema_arrow.metadata or {}).get(ENCODER_KEY), schema)
            for batch in file.iter_batches(BATCH_ROWS):
                yield pa.table(batch)
        return
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        _check_encoder(path, (reader.schema.metadata or {}).get(ENCODER_KEY), schema)
        for number in range(reader.num_record_batches):
            batch = pa.table(reader.get_batch(number))
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)


def _npz(path: Path, schema: "pa.Schema") -> "Iterator[pa.Table]":
    import pyarrow as pa

    loaded = np.load(path, allow_pickle=False)
    if not isinstance(loaded, np.lib.npyio.NpzFile):
        raise BrainseekError(f"{path} is one array and no .npz; write it with numpy.savez.")
    with loaded as file:
        arrays = {_NPZ_NAMES.get(name, name): file[name] for name in file.files}
    if "encoder" in arrays:
        _check_encoder(path, str(arrays.pop("encoder")).encode(), schema)
    if "vector" not in arrays:
        raise BrainseekError(f"{path} has no array 'vectors' (n, d); add it.")
    vectors = _matrix(path, arrays.pop("vector"), schema)
    for name, array in arrays.items():
        if array.shape not in ((), (len(vectors),)):
            raise BrainseekError(
                f"the array '{name}' of {path} has shape {array.shape} and there are "
                f"{len(vectors)} vectors; give ({len(vectors)},), or one value for all rows."
            )
    for start in range(0, len(vectors), BATCH_ROWS):
        part = vectors[start : start + BATCH_ROWS]
        columns: dict[str, Any] = {
            name: pa.array(
                np.broadcast_to(array, len(part))
                if array.ndim == 0
                else array[start : start + BATCH_ROWS],
                from_pandas=True,
            )
            for name, array in arrays.items()
        }
        yield pa.table(columns | {"vector": _lists(part)})


def _csv(path: Path, vectors_path: Path, schema: "pa.Schema") -> "Iterator[pa.Table]":
    import pyarrow as pa
    from pyarrow import csv

    try:
        loaded = np.load(vectors_path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise _unreadable(vectors_path, error) from error
    vectors = _matrix(vectors_path, loaded, schema)
    types = {field.name: field.type for field in schema if field.name != "vector"}
    types["created"] = pa.timestamp("ns", tz="UTC")  # others write more digits
    options = csv.ConvertOptions(
        column_types=types,
        strings_can_be_null=True,
        null_values=[""],
    )
    table = csv.read_csv(path, convert_options=options)
    if table.num_rows != len(vectors):
        raise BrainseekError(
            f"{path} has {table.num_rows} rows and {vectors_path} {len(vectors)} vectors; give "
            "one vector for each row, in the same order."
        )
    if "vector" in table.column_names:
        raise BrainseekError(f"{path} has a column 'vector' beside {vectors_path}; leave it out.")
    for start in range(0, len(vectors), BATCH_ROWS):
        part = table.slice(start, BATCH_ROWS)
        yield part.append_column("vector", _lists(vectors[start : start + BATCH_ROWS]))


def _matrix(path: Path, array: Any, schema: "pa.Schema") -> Any:
    dim = schema.field("vector").type.list_size
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.shape[1] != dim:
        raise BrainseekError(
            f"the vectors of {path} have shape {getattr(array, 'shape', '?')} and the collection "
            f"takes (n, {dim}); use the encoder that wrote the collection."
        )
    return array


def _lists(vectors: Any) -> "pa.Array":
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])


def _with_ids(path: Path, table: "pa.Table") -> "pa.Table":
    """Give every row an id if the file has none."""
    import pyarrow as pa

    if "id" in table.column_names:
        return table
    for name in ("kind", "source_uri"):
        if name not in table.column_names:
            raise BrainseekError(f"{path} has no column '{name}', which every row needs; add it.")
    names = [name for name in SOURCE_COLUMNS if name in table.column_names]
    ids = []
    for row in table.select(names).to_pylist():
        plane, axis, *sides = [
            None if row.get(name) is None else int(row[name]) for name in SOURCE_COLUMNS[3:]
        ]
        window = None if None in sides else Window(*sides)  # type: ignore[arg-type]
        source = str(row.get("source_sha256") or row["source_uri"])
        ids.append(row_id(str(row["kind"]), source, plane, axis, window))
    return table.append_column("id", pa.array(ids, pa.string()))


def _check_encoder(path: Path, written: bytes | None, schema: "pa.Schema") -> None:
    wanted = schema.metadata[ENCODER_KEY]
    if written is not None and written != wanted:
        raise BrainseekError(
            f"{path} holds vectors of encoder {written.decode()} and the collection was written by "
            f"{wanted.decode()}, and they can't be compared; add it to a collection of its encoder."
        )


def _unreadable(path: Path, error: Exception) -> BrainseekError:
    why = getattr(error, "strerror", None) or (str(error).splitlines() or [type(error).__name__])[0]
    return BrainseekError(f"{path} can't be read ({why.rstrip('.')}); check the file.")
