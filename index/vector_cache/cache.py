"""What is derived from a table for speed: vectors for FAISS and rows for memory mapping.

A cache is a folder with ``vectors.faiss`` (an exact ``IndexFlatIP``), for large tables
``codes.faiss`` (see :mod:`index.vector_cache.approximate`), ``rows.arrow`` (all columns but vector
and
thumbnail, memory-mapped) and ``stamp.json``: the table's version and files, the encoder, and the
sha256 of every file. It is written beside its place, flushed to disk and then named in
``current`` by an atomic rename; it is read only if every checksum is right. Nothing in it is
pickled, and deleting it loses nothing.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.paths import cache_dir
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import METADATA_COLUMNS
from brainseek.index.vector_cache.approximate import ApproximateIndex
from brainseek.index.vector_cache.exact import ExactIndex
from brainseek.index.vector_cache.gpu import GpuIndex
from brainseek.index.vector_cache.stamp import Stamp

if TYPE_CHECKING:
    import pyarrow as pa

CACHE = "cache"
"""Name of the folder of the cache inside the folder of a collection."""

CURRENT = "current"
STAMP = "stamp.json"
VECTORS, CODES, ROWS = "vectors.faiss", "codes.faiss", "rows.arrow"
"""Names of the files of a cache."""

FRAGMENT, OFFSET = "_fragment", "_offset"
"""Columns of ``rows.arrow`` that say where a row lies in the table."""

BUILD = re.compile(r"build-[0-9]+-[0-9a-f]{8}")
"""What the folder of one cache is called; :data:`CURRENT` names the one that is read."""


@dataclass(frozen=True)
class Cache:
    """A cache in memory: mapped files and the indexes over them.

    Attributes
    ----------
    stamp : Stamp
    exact : ExactIndex
        Over all vectors.
    approximate : ApproximateIndex or None
        For large tables.
    rows : pa.Table
        Metadata by the same row numbers as the vectors, with :data:`FRAGMENT` (a position in
        ``stamp.fragments``) and :data:`OFFSET`.
    owner : object
        Keeps the mapped memory under ``exact`` alive.
    gpu : GpuIndex or None
        The same vectors on a GPU, where FAISS has one.
    """

    stamp: Stamp
    exact: ExactIndex
    approximate: ApproximateIndex | None
    rows: "pa.Table"
    owner: Any
    gpu: GpuIndex | None

    @cached_property
    def _columns(self) -> "dict[str, tuple[pa.Field, pa.Array | pa.ChunkedArray, bool]]":
        """Each metadata column, as one array where it is one, and whether all its cells are equal.

        Those (no note, one stain) need not be looked up row by row.
        """
        found = {}
        for name in METADATA_COLUMNS:
            column = self.rows[name]
            one = column.chunk(0) if column.num_chunks == 1 else column
            found[name] = (self.rows.schema.field(name), one, _uniform(column))
        return found

    @cached_property
    def _schema(self) -> "pa.Schema":
        return self.rows.select(list(METADATA_COLUMNS)).schema

    def take(
        self, numbers: NDArray[np.int64], names: Sequence[str] = METADATA_COLUMNS
    ) -> "pa.Table":
        """Return metadata of rows in the order of their numbers; text may be dictionary-encoded."""
        import pyarrow as pa

        which, n = pa.array(numbers), len(numbers)
        if n > self.rows.num_rows:  # rows occur several times: no slice is long enough
            return self.rows.select(list(names)).take(which)
        arrays = [
            column.slice(0, n) if uniform else column.take(which)
            for _, column, uniform in (self._columns[name] for name in names)
        ]
        schema = self._schema if names is METADATA_COLUMNS else self.rows.select(names).schema
        return pa.Table.from_arrays(arrays, schema=schema)


def cache_place(table: RowTable) -> Path:
    """Return the folder for the caches of a collection.

    It lies in the collection's folder; for an object store, or a folder that can't be written,
    in the user's cache folder.
    """
    if table.folder is not None and os.access(table.folder, os.W_OK):
        return table.folder / CACHE
    name = table.uri if table.folder is None else str(table.folder.resolve())
    return cache_dir() / "indexes" / hashlib.sha256(name.encode()).hexdigest()[:16]


def _uniform(column: "pa.ChunkedArray") -> bool:
    """Tell whether all cells of a column are equal; text counts only if dictionary-encoded."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count:
        return bool(column.null_count == len(column))
    if pa.types.is_dictionary(column.type):
        return column.num_chunks == 1 and len(column.chunk(0).dictionary) == 1
    if pa.types.is_string(column.type):
        return False
    ends = pc.min_max(column).as_py()
    return bool(ends["min"] == ends["max"])
