"""A collection as one file that other tools read."""

import os
import shutil
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import flush
from brainseek.index.collection import Collection
from brainseek.index.filters.filter import parse_filter
from brainseek.index.table.schema import METADATA_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int], object]
"""Called with the number of rows that were written since the last call."""

_BATCH_ROWS = 8192


def export_collection(
    collection: Collection,
    path: Path | str,
    where: str | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> int:
    """Write rows to a file; its suffix says how.

    ``.parquet`` and ``.arrow`` (IPC file) hold every column and the encoder's identity, ``.csv``
    every column but vector and thumbnail, ``.npz`` the arrays ``vectors`` (n, d), ``id`` (n,)
    and ``encoder``. `brainseek.index.maintain.import_files.row_tables` reads the first two back.
    The file is written beside its place and renamed when it is whole. Rows come as they lie in
    the table, all from one version; a few thousand are in memory at a time.

    Parameters
    ----------
    collection : Collection
    path : path
    where : str, optional
        Only rows that fulfil this condition.
    force : bool
        Replace a file that is there.
    progress : callable, optional

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    BrainseekError
        The suffix is unknown, the file is there already or can't be written, or the condition
        is not valid.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _WRITERS:
        raise BrainseekError(
            f"'{path.name}' doesn't say how to export; name a file that ends in "
            f"{', '.join(_WRITERS)}."
        )
    if path.exists() and not force:
        raise BrainseekError(
            f"{path} is there already; choose another name, or replace it with --force "
            "(force=True)."
        )
    condition = None
    if where is not None:
        condition = parse_filter(where, collection.table.schema).sql
    collection.table.refresh()
    columns = list(METADATA_COLUMNS)
    if suffix == ".npz":
        columns = ["id", "vector"]
    elif suffix != ".csv":
        columns = list(collection.table.schema.names)
    found = collection.table.scan(columns, condition, batch_rows=_BATCH_ROWS)
    batches = _Batches(found, progress or (lambda rows: None))
    with _beside(path) as fresh:
        _WRITERS[suffix](collection, batches, fresh)
    return batches.rows


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a place beside a file, and rename what was written there once it is on disk."""
    import pyarrow as pa

    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        yield fresh
        flush(fresh)
        os.replace(fresh, path)
    except (OSError, pa.ArrowException) as error:
        why = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise BrainseekError(
            f"{path} can't be written ({why}); choose a place in a folder that exists, that you "
            "may write to, and that has the space."
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


class _Batches:
    """The rows to write, an empty batch first; counts them and tells of every batch written."""

    def __init__(self, batches: "Iterator[pa.RecordBatch]", progress: Progress) -> None:
        self._batches, self._progress = batches, progress
        self.rows = 0

    def __iter__(self) -> "Iterator[pa.RecordBatch]":
        for batch in self._batches:
            yield batch
            self.rows += batch.num_rows
            self._progress(batch.num_rows)


def _parquet(collection: Collection, batches: _Batches, path: Path) -> None:
    import pyarrow.parquet as pq

    schema = collection.table.schema
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            if batch.num_rows:
                writer.write_batch(batch.cast(schema))


def _arrow(collection: Collection, batches: _Batches, path: Path) -> None:
    import pyarrow as pa

    schema = collection.table.schema
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema))


def _csv(collection: Collection, batches: _Batches, path: Path) -> None:
    from pyarrow import csv

    remaining = iter(batches)
    with csv.CSVWriter(str(path), next(remaining).schema) as writer:
        for batch in remaining:
            writer.write_batch(batch)


def _npz(collection: Collection, batches: _Batches, path: Path) -> None:
    """Write the vectors batch by batch; how many there are is known only at the end."""
    ids: list[str] = []
    raw = path.with_name(path.name + ".vectors")
    try:
        with raw.open("wb") as file:
            for batch in batches:
                values = batch["vector"].flatten().to_numpy(zero_copy_only=False)
                file.write(np.ascontiguousarray(values, "<f4").data)
                ids += batch["id"].to_pylist()
        shape = (len(ids), collection.dim)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name, text in (("id", ids), ("encoder", collection.encoder)):
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, np.array(text, np.str_), allow_pickle=False)
            with (
                archive.open("vectors.npy", "w", force_zip64=True) as entry,
                raw.open("rb") as file,
            ):
                header = {"descr": "<f4", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(entry, header)
                shutil.copyfileobj(file, entry, 1 << 24)
    finally:
        raw.unlink(missing_ok=True)


_WRITERS: dict[str, Callable[[Collection, _Batches, Path], None]] = {
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".csv": _csv,
    ".npz": _npz,
}
