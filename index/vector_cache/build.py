"""Making the cache of a table: written beside its place, flushed, then named."""

import logging
import os
import shutil
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.whole_file import flush
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import ENCODER_KEY, METADATA_COLUMNS
from brainseek.index.table.writer_lock import writer_lock
from brainseek.index.vector_cache.approximate import (
    EXACT_UP_TO_ROWS,
    build,
    description,
    order_by_list,
    tune,
)
from brainseek.index.vector_cache.cache import (
    BUILD,
    CODES,
    CURRENT,
    FRAGMENT,
    OFFSET,
    ROWS,
    STAMP,
    VECTORS,
    Cache,
)
from brainseek.index.vector_cache.exact import ExactIndex
from brainseek.index.vector_cache.load import load_cache, read_cache
from brainseek.index.vector_cache.stamp import Stamp, digests
from brainseek.index.vector_cache.vector_file import vectors_of, write_vectors

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_REPEATED = 0.25  # share of different values up to which text is dictionary-encoded
_log = logging.getLogger("brainseek.index")


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
            cache = read_cache(folder, stamp)
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
        faiss.write_index(codes, str(folder / CODES))
    write_vectors(flat, folder / VECTORS)
    with (
        pa.OSFile(str(folder / ROWS), "wb") as sink,
        pa.ipc.new_file(sink, rows.schema) as f,
    ):
        f.write_table(rows.combine_chunks())
    names = sorted(path.name for path in folder.iterdir())
    found = digests(folder, names)
    seconds = time.monotonic() - begun
    stamp = Stamp(
        _encoder(table),
        table.version,
        rows.num_rows,
        dim,
        kind,
        setting,
        tuple(fragments),
        found,
        seconds,
    )
    (folder / STAMP).write_text(stamp.to_json(), encoding="utf-8")
    for name in (*names, STAMP):
        flush(folder / name)
    return stamp


def _encoder(table: RowTable) -> str:
    return str(table.schema.metadata[ENCODER_KEY].decode())


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


def _replace_text(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the former or the new text, never a part."""
    fresh = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    fresh.write_text(text, encoding="ascii")
    flush(fresh)
    os.replace(fresh, path)
    flush(path.parent)


def _remove_orphans(place: Path) -> None:
    """Delete caches that nothing names: replaced ones, and what killed processes left."""
    try:
        current = (place / CURRENT).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        current = ""
    for path in place.iterdir():
        if BUILD.fullmatch(path.name) and path.name != current:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith(f".{CURRENT}-"):
            path.unlink(missing_ok=True)
