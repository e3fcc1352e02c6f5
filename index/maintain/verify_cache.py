"""Is the cache of a collection sound, and does it agree with the rows of the table?

Lance keeps no checksums of its data files, the cache does of its own. So a row that changed on
disk after the cache was made is found by comparing both.
"""

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.index.maintain.verify_fault import Fault
from brainseek.index.search.view import plain
from brainseek.index.table.files import Fragment, row_files
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import ENCODER_KEY, METADATA_COLUMNS
from brainseek.index.vector_cache.cache import CACHE, CURRENT, FRAGMENT, OFFSET, Cache, cache_place
from brainseek.index.vector_cache.load import load_cache

if TYPE_CHECKING:
    import pyarrow as pa


def check_cache(table: RowTable) -> tuple[Cache | None, list[Fault]]:
    """Return the cache, None where there is no sound one, and what is wrong.

    No cache and a stale one are no faults.
    """
    place = cache_place(table)
    if not os.path.lexists(place / CURRENT):
        return None, []
    inside = place.name == CACHE
    cache, why = load_cache(place, table.schema.metadata[ENCODER_KEY].decode())
    if cache is None:
        name = f"{CACHE}/{CURRENT}" if inside else str(place / CURRENT)
        return None, [Fault(name, f"the search index is not used: {why}; it can be deleted")]
    stamp = cache.stamp
    faults = []
    if stamp.dim != table.schema.field("vector").type.list_size:
        faults.append(f"it holds vectors of {stamp.dim} dimensions; it can be deleted")
    if stamp.version > table.version:
        faults.append(
            f"it was made from version {stamp.version} and the newest is {table.version}: "
            "versions were lost"
        )
    folder = CACHE if inside else str(place)
    return (None if faults else cache), [Fault(folder, what) for what in faults]


class CachedFragment:
    """The rows of one file of the table as the cache has them.

    Parameters
    ----------
    cache : Cache
    fragment : Fragment
        As it is now.
    """

    def __init__(self, cache: Cache, fragment: Fragment) -> None:
        self._cache = cache
        position, before = next(
            ((i, f) for i, f in enumerate(cache.stamp.fragments) if f.file == fragment.file),
            (-1, None),
        )
        numbers = np.flatnonzero(cache.rows[FRAGMENT].to_numpy() == position)
        offsets = cache.rows[OFFSET].to_numpy()[numbers]
        order = np.argsort(offsets)
        self._numbers, self._offsets = numbers[order], offsets[order]
        if before is None or row_files(before) != row_files(fragment):
            self._numbers, self._offsets = self._numbers[:0], self._offsets[:0]
        self.unchanged = before is not None and before.state == fragment.state
        """No row was deleted since the cache was made."""

    def __len__(self) -> int:
        return len(self._numbers)

    def differs(self, batch: "pa.RecordBatch") -> NDArray[np.bool_]:
        """Return for each row of a batch, all columns and ``_rowaddr``, whether it has changed."""
        offsets = (batch["_rowaddr"].to_numpy() & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        place = np.searchsorted(self._offsets, offsets)
        known = np.zeros(len(offsets), bool)
        inside = place < len(self._offsets)
        known[inside] = self._offsets[place[inside]] == offsets[inside]
        out = ~known & self.unchanged
        rows = np.flatnonzero(known)
        numbers = self._numbers[place[rows]]
        vectors = batch["vector"].flatten().to_numpy(zero_copy_only=False).reshape(len(offsets), -1)
        out[rows] |= (vectors[rows] != self._cache.exact.vectors[numbers]).any(axis=1)
        cached = plain(self._cache.rows.select(list(METADATA_COLUMNS)).take(numbers))
        for name in METADATA_COLUMNS:
            now = batch[name].take(rows)
            before = cached[name].combine_chunks()
            if not now.equals(before):  # NaN is not equal to itself, but its text is
                pairs = zip(now.to_pylist(), before.to_pylist(), strict=True)
                out[rows] |= np.array([repr(a) != repr(b) for a, b in pairs], bool)
        return out
