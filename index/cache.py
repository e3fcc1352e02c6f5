"""What is derived from a table for speed: vectors for FAISS and rows for memory mapping.

A cache is a folder with ``vectors.faiss`` (an exact ``IndexFlatIP``), for large tables
``codes.faiss`` (see :mod:`index.approximate`), ``rows.arrow`` (all columns but vector and
thumbnail, memory-mapped) and ``stamp.json``: the table's version and files, the encoder, and the
sha256 of every file. It is written beside its place, flushed to disk and then named in
``current`` by an atomic rename; it is read only if every checksum is right. Nothing in it is
pickled, and deleting it loses nothing.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalog.paths import cache_dir
from index.approximate import (
    EXACT_UP_TO_ROWS,
    ApproximateIndex,
    Setting,
    build,
    description,
    order_by_list,
    tune,
)
from index.exact import ExactIndex
from index.gpu import GpuIndex, gpu_index
from index.schema import ENCODER_KEY, METADATA_COLUMNS
from index.table import Fragment, RowTable
from index.vector_file import read_vectors, vectors_of, write_vectors
from index.writer_lock import writer_lock

if TYPE_CHECKING:
    import pyarrow as pa

CACHE = "cache"
"""Name of the folder of the cache inside the folder of a collection."""

CURRENT = "current"
STAMP = "stamp.json"
CACHE_FORMAT = 1
FRAGMENT, OFFSET = "_fragment", "_offset"
"""Columns of ``rows.arrow`` that say where a row lies in the table."""

_MOST_REPEATED = 0.25  # share of different values up to which text is dictionary-encoded
_BUILD = re.compile(r"build-[0-9]+-[0-9a-f]{8}")
_log = logging.getLogger("brainseek.index")


@dataclass(frozen=True)
class Stamp:
    """What a cache was made from, and the files it consists of.

    Attributes
    ----------
    encoder : str
    version : int
        Version of the table.
    rows, dim : int
    kind : str
        ``"flat"`` or the FAISS factory string of the codes.
    setting : Setting or None
        How an approximate search was tuned.
    fragments : tuple of Fragment
        The files of the table at that version.
    files : dict
        sha256 of each file of the cache.
    seconds : float
        How long it took to make.
    """

    encoder: str
    version: int
    rows: int
    dim: int
    kind: str
    setting: Setting | None
    fragments: tuple[Fragment, ...]
    files: dict[str, str]
    seconds: float

    def to_json(self) -> str:
        """Return the text of ``stamp.json``."""
        facts = {"format": CACHE_FORMAT, **asdict(self)}
        return json.dumps({**facts, "seal": _seal(facts)})

    @classmethod
    def from_json(cls, text: str) -> "Stamp":
        """Read the text of ``stamp.json``; raises Value-, Type-, Key- or AttributeError."""
        facts = json.loads(text)
        if facts.pop("seal") != _seal(facts):
            raise ValueError("its stamp was changed")
        if facts.pop("format") != CACHE_FORMAT:
            raise ValueError("it was made by another release")
        facts["fragments"] = tuple(Fragment(**fragment) for fragment in facts["fragments"])
        facts["setting"] = Setting(**facts["setting"]) if facts["setting"] else None
        return cls(**facts)


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


def load_cache(place: Path, encoder: str) -> tuple[Cache | None, str]:
    """Read the cache that is there.

    Returns
    -------
    (Cache or None, str)
        None when there is none or it can't be trusted; then the text says why.
    """
    try:
        name = (place / CURRENT).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None, "there is none yet"
    except (OSError, ValueError):
        name = ""
    if not _BUILD.fullmatch(name):
        return None, f"{place / CURRENT} is damaged: it names no cache"
    folder = place / name
    try:
        stamp = Stamp.from_json((folder / STAMP).read_text(encoding="utf-8"))
        if stamp.encoder != encoder:
            return None, f"it belongs to encoder {stamp.encoder}"
        wrong = _wrong_files(folder, stamp)
        if wrong:
            return None, f"{folder / wrong[0]} is damaged: its checksum is wrong"
        return _read(folder, stamp), ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        return None, f"{folder} is damaged ({str(error).splitlines()[0] if str(error) else error})"


def build_cache(table: RowTable, place: Path) -> Cache:
    """Make the cache of the version that is read now and put it in place.

    Raises
    ------
    BrainseekError
        The table can't be read.
    OSError
        The place can't be written, e.g. the disk is full; the former cache is intact.
    """
    begun = time.monotonic()
    place.mkdir(parents=True, exist_ok=True)
    with writer_lock(place):
        made = load_cache(place, _encoder(table))[0]  # another process may have been faster
        if made is not None and made.stamp.version == table.version:
            return made
        _remove_orphans(place)
        name = f"build-{table.version}-{uuid.uuid4().hex[:8]}"
        folder = place / name
        folder.mkdir()
        try:
            stamp = _write(table, folder, begun)
            cache = _read(folder, stamp)
            _replace_text(place / CURRENT, name)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, RuntimeError) and "faiss" in str(error):  # a file is cut short
                raise OSError(str(error).rpartition("failed: ")[2]) from error
            raise
        _remove_orphans(place)
    _log.info("index of %s rows made in %.1f s", f"{stamp.rows:,}", stamp.seconds)
    return cache


def _write(table: RowTable, folder: Path, begun: float) -> Stamp:
    import faiss
    import pyarrow as pa

    fragments = table.fragments()
    numbers = {fragment.number: i for i, fragment in enumerate(fragments)}
    batches = table.scan([*METADATA_COLUMNS, "vector"], addresses=True)
    schema = next(batches).schema
    dim = schema.field("vector").type.list_size
    flat = faiss.IndexFlatIP(dim)
    kept = []
    for batch in batches:
        flat.add(batch["vector"].flatten().to_numpy(zero_copy_only=False).reshape(-1, dim))
        kept.append(batch.drop_columns(["vector"]))
    rows = pa.Table.from_batches(kept, schema=schema.remove(schema.get_field_index("vector")))
    address = rows["_rowaddr"].to_numpy()
    where = np.array([numbers[int(n)] for n in np.unique(address >> np.uint64(32))], np.int32)
    fragment = where[np.unique(address >> np.uint64(32), return_inverse=True)[1]]
    rows = rows.drop_columns(["_rowaddr"])
    rows = rows.append_column(FRAGMENT, pa.array(fragment, pa.int32()))
    rows = rows.append_column(OFFSET, pa.array(address & np.uint64(0xFFFFFFFF), pa.uint32()))
    kind, setting = "flat", None
    rows = _compact(rows)
    if rows.num_rows <= EXACT_UP_TO_ROWS:
        order = np.argsort(rows["id"].to_numpy(zero_copy_only=False).astype(str), kind="stable")
        rows, flat = rows.take(order), _reordered(flat, order)
    else:
        kind = description(rows.num_rows, dim)
        codes = build(vectors_of(flat))
        order = order_by_list(codes)
        rows, flat = rows.take(order), _reordered(flat, order)
        setting = tune(codes, flat, ExactIndex(vectors_of(flat), checked=True))
        faiss.write_index(codes, str(folder / "codes.faiss"))
    write_vectors(flat, folder / "vectors.faiss")
    with (
        pa.OSFile(str(folder / "rows.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, rows.schema) as f,
    ):
        f.write_table(rows.combine_chunks())
    names = sorted(path.name for path in folder.iterdir())
    with ThreadPoolExecutor(2) as pool:
        digests = dict(
            zip(names, pool.map(lambda name: _digest(folder / name), names), strict=True)
        )
    seconds = time.monotonic() - begun
    stamp = Stamp(
        _encoder(table),
        table.version,
        rows.num_rows,
        dim,
        kind,
        setting,
        tuple(fragments),
        digests,
        seconds,
    )
    (folder / STAMP).write_text(stamp.to_json(), encoding="utf-8")
    for name in (*names, STAMP):
        _flush(folder / name)
    return stamp


def _read(folder: Path, stamp: Stamp) -> Cache:
    import faiss
    import pyarrow as pa

    # The vectors are mapped, not loaded; a file of no rows can't be mapped.
    flat, owner = read_vectors(folder / "vectors.faiss", mapped=stamp.rows > 0)
    with pa.memory_map(str(folder / "rows.arrow")) as source:
        rows = pa.ipc.open_file(source).read_all()
    if not (flat.ntotal == rows.num_rows == stamp.rows and flat.d == stamp.dim):
        raise ValueError("its files don't fit together")
    approximate = None
    if stamp.setting is not None:
        codes = faiss.read_index(str(folder / "codes.faiss"))
        if codes.ntotal != stamp.rows:
            raise ValueError("its files don't fit together")
        approximate = ApproximateIndex(codes, flat, stamp.setting)
    exact = ExactIndex(vectors_of(flat), checked=True)
    return Cache(stamp, exact, approximate, rows, owner, gpu_index(flat))


def _encoder(table: RowTable) -> str:
    return str(table.schema.metadata[ENCODER_KEY].decode())


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


def _compact(rows: "pa.Table") -> "pa.Table":
    """Join the chunks, which makes taking rows fast, and encode text that repeats itself."""
    rows = rows.combine_chunks()
    for place, field in enumerate(rows.schema):
        column = rows[field.name]
        if str(field.type) != "string" or field.name == "id":
            continue
        encoded = column.dictionary_encode().combine_chunks()
        if len(encoded.dictionary) <= _MOST_REPEATED * rows.num_rows:
            rows = rows.set_column(place, field.with_type(encoded.type), encoded)
    return rows


def _reordered(flat: Any, order: NDArray[np.int64]) -> Any:
    import faiss

    out, vectors = faiss.IndexFlatIP(flat.d), vectors_of(flat)
    for start in range(0, len(order), 65_536):
        out.add(vectors[order[start : start + 65_536]])
    return out


def _wrong_files(folder: Path, stamp: Stamp) -> list[str]:
    """Return the files of a cache that are missing or not as they were written."""
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda name: _digest(folder / name), stamp.files)
        return [
            name
            for (name, expected), digest in zip(stamp.files.items(), found, strict=True)
            if digest != expected
        ]


def _seal(facts: Any) -> str:
    """Return the sha256 of the facts of a stamp."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace_text(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the former or the new text, never a part."""
    fresh = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    fresh.write_text(text, encoding="ascii")
    _flush(fresh)
    os.replace(fresh, path)
    _flush(path.parent)


def _remove_orphans(place: Path) -> None:
    """Delete caches that nothing names: replaced ones, and what killed processes left."""
    try:
        current = (place / CURRENT).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        current = ""
    for path in place.iterdir():
        if _BUILD.fullmatch(path.name) and path.name != current:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith(f".{CURRENT}-"):
            path.unlink(missing_ok=True)
