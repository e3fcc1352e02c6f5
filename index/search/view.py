"""All rows of one version of a table: a cache, and what changed since it was made.

Rows are numbered: first those of the cache, then the later ones, which are held in memory and
searched exactly. So no row is invisible after it was committed, and none that was deleted is
found, however old the cache is; a version older than the cache is seen just as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import METADATA_COLUMNS, table_vectors
from brainseek.index.vector_cache.approximate import EXACT_UP_TO_ROWS
from brainseek.index.vector_cache.cache import FRAGMENT, OFFSET, Cache
from brainseek.index.vector_cache.exact import ExactIndex
from brainseek.index.vector_cache.gpu import MOST_NEIGHBOURS

if TYPE_CHECKING:
    import pyarrow as pa

    from brainseek.index.filters.filter import Filter

Found = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Scores and row numbers (m, k) of the neighbours of m queries, best first."""

_OVERSAMPLING = 3.0
_DEEPEST = 10_000


@dataclass(frozen=True)
class View:
    """The rows of one version.

    Attributes
    ----------
    version : int
        Version of the table.
    cache : Cache
        May have been made from another version.
    dead : ndarray of bool or None
        Rows of the cache that this version doesn't have.
    fresh : ExactIndex
        Vectors of the rows that the cache doesn't have.
    fresh_rows : pa.Table
        Their metadata.
    """

    version: int
    cache: Cache
    dead: NDArray[np.bool_] | None
    fresh: ExactIndex
    fresh_rows: "pa.Table"

    @property
    def changes(self) -> int:
        """Number of rows in which version and cache differ."""
        return len(self.fresh) + (0 if self.dead is None else int(self.dead.sum()))

    def __len__(self) -> int:
        dead = 0 if self.dead is None else int(self.dead.sum())
        return len(self.cache.exact) - dead + len(self.fresh)

    def take(
        self, numbers: NDArray[np.int64], names: Sequence[str] = METADATA_COLUMNS
    ) -> "pa.Table":
        """Return metadata of rows in the order of their numbers.

        Text may be dictionary-encoded; ``plain`` undoes that.
        """
        base = len(self.cache.exact)
        if len(self.fresh) == 0 or not (late := numbers >= base).any():
            return self.cache.take(numbers, names)
        import pyarrow as pa

        new = self.fresh_rows.select(list(names)).take(numbers[late] - base)
        parts = pa.concat_tables([plain(self.cache.take(numbers[~late], names)), new])
        places = np.concatenate([np.flatnonzero(~late), np.flatnonzero(late)])
        return parts.take(np.argsort(places))

    def vectors(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors (n, d) of rows."""
        base = len(self.cache.exact)
        late = numbers >= base
        out = np.empty((len(numbers), self.cache.stamp.dim), np.float32)
        out[~late] = self.cache.exact.vectors[numbers[~late]]
        out[late] = self.fresh.vectors[numbers[late] - base]
        return out

    def find(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the numbers of the rows with these ids; ids that are not there are left out."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array(list(ids), pa.string())
        found: dict[str, int] = {}
        for rows, first in ((self.cache.rows, 0), (self.fresh_rows, len(self.cache.exact))):
            places = np.flatnonzero(pc.is_in(rows["id"], wanted).to_numpy())
            if first == 0 and self.dead is not None:
                places = places[~self.dead[places]]
            names = rows["id"].take(places).to_pylist()
            found |= dict(zip(names, (places + first).tolist(), strict=True))
        return found

    def numbers(self, condition: "Filter | None" = None) -> NDArray[np.int64]:
        """Return the rows that are there and fulfil a condition, by rising number."""
        alive = np.ones(len(self.cache.exact), bool) if self.dead is None else ~self.dead
        fresh = np.ones(len(self.fresh), bool)
        if condition is not None:
            alive &= condition.mask(self.cache.rows)
            fresh &= condition.mask(self.fresh_rows)
        return np.flatnonzero(np.concatenate([alive, fresh]))

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.int64] | None = None,
        exact: bool = False,
    ) -> Found:
        """Return the nearest rows of each query (m, d).

        Parameters
        ----------
        queries : ndarray of float32, (m, d)
            Unit vectors.
        k : int
            How many; fewer when there are fewer, and as many for every query.
        allowed : ndarray of int64, optional
            Only these rows, as :meth:`numbers` returns them. Without: all that are there.
        exact : bool
            Look at every vector even where there is an approximate index.
        """
        base = len(self.cache.exact)
        if allowed is None and self.dead is not None:
            allowed = self.numbers()
        old = None if allowed is None else allowed[allowed < base]
        found = self._search_cache(queries, k, old, exact)
        late = None if allowed is None else allowed[allowed >= base] - base
        if len(self.fresh) == 0 or (late is not None and len(late) == 0):
            return found
        scores, numbers = self.fresh.search(queries, k, late)
        return self._merged(found, (scores, numbers + base), k)

    def within(
        self, query: NDArray[np.float32], score: float, allowed: NDArray[np.int64] | None = None
    ) -> Found:
        """Return every row at least as similar to a query (d,) as ``score``; always exact.

        Scores and numbers are (1, n).
        """
        base = len(self.cache.exact)
        if allowed is None and self.dead is not None:
            allowed = self.numbers()
        old = None if allowed is None else allowed[allowed < base]
        late = None if allowed is None else allowed[allowed >= base] - base
        first = self.cache.exact.within(query, score, old)
        scores, numbers = self.fresh.within(query, score, late)
        return self._merged(
            (first[0][None], first[1][None]), (scores[None], numbers[None] + base), len(self)
        )

    def _search_cache(
        self, queries: NDArray[np.float32], k: int, old: NDArray[np.int64] | None, exact: bool
    ) -> Found:
        """Search the rows of the cache.

        Under a condition the approximate index is asked for more hits than needed, and those
        that don't fulfil it are left out. When too few remain (a rare condition, or one that
        the neighbourhood of the query does not fulfil) all rows that do are searched exactly.
        """
        index = self.cache.approximate
        n = len(self.cache.exact)
        if self.cache.gpu is not None and old is None and k <= min(n, MOST_NEIGHBOURS):
            return self.cache.gpu.search(queries, k)
        few = old is not None and len(old) <= EXACT_UP_TO_ROWS
        share = 1.0 if old is None else len(old) / max(1, n)
        depth = k if old is None else int(np.ceil(_OVERSAMPLING * k / max(share, 1e-9)))
        if index is None or exact or few or depth > min(n, _DEEPEST):
            return self.cache.exact.search(queries, k, old)
        near, numbers = index.search(queries, depth)
        if old is None and numbers[:, -1].min(initial=0) >= 0:  # -1 fills gaps, at the end
            return near.astype(np.float64), numbers
        fits = numbers >= 0
        if old is not None:
            mask = np.zeros(n + 1, bool)  # one more, for the -1
            mask[old] = True
            fits = mask[numbers]
        scores = np.empty((len(queries), k), np.float64)
        chosen = np.empty((len(queries), k), np.int64)
        enough = fits.sum(axis=1) >= k
        for i in np.flatnonzero(enough):
            first = np.flatnonzero(fits[i])[:k]
            scores[i], chosen[i] = near[i, first], numbers[i, first]
        if not enough.all():
            scores[~enough], chosen[~enough] = self.cache.exact.search(queries[~enough], k, old)
        return scores, chosen

    def _merged(self, one: Found, other: Found, k: int) -> Found:
        """Join two lists of neighbours; equal scores come by rising id."""
        scores = np.concatenate([one[0], other[0]], axis=1)
        numbers = np.concatenate([one[1], other[1]], axis=1)
        ids = np.asarray(self.take(numbers.ravel(), ["id"])["id"].to_pylist())
        for i, names in enumerate(ids.reshape(numbers.shape)):
            order = np.lexsort((names, -scores[i]))
            scores[i], numbers[i] = scores[i][order], numbers[i][order]
        return scores[:, :k], numbers[:, :k]


def plain(table: "pa.Table") -> "pa.Table":
    """Return a table with dictionary-encoded columns decoded."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table[field.name].cast(field.type.value_type)
            table = table.set_column(place, field.with_type(column.type), column)
    return table


def make_view(table: RowTable, cache: Cache) -> View:
    """Compare the files of a table at its present version with those of a cache.

    Only files that the cache doesn't know, or whose deletions changed, are looked at.
    """
    known = {fragment.file: (i, fragment) for i, fragment in enumerate(cache.stamp.fragments)}
    there = {fragment.file: fragment for fragment in table.fragments()}
    dead = np.zeros(len(cache.exact), bool)
    column, offsets = None, None
    read: list[pa.Table] = []
    new = [fragment.number for file, fragment in there.items() if file not in known]
    if new:
        read.append(table.read([*METADATA_COLUMNS, "vector"], fragments=new))
    for file, (position, fragment) in known.items():
        now = there.get(file)
        if now is not None and now.state == fragment.state:
            continue
        if column is None or offsets is None:
            column, offsets = cache.rows[FRAGMENT].to_numpy(), cache.rows[OFFSET].to_numpy()
        mine = np.flatnonzero(column == position)
        if now is None:
            dead[mine] = True
            continue
        addresses = table.read(["id"], fragments=[now.number], addresses=True)["_rowaddr"]
        alive = (addresses.to_numpy() & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        dead[mine] = ~np.isin(offsets[mine], alive)
        back = ~np.isin(alive, offsets[mine])  # deleted when the cache was made, alive here
        if back.any():
            whole = table.read([*METADATA_COLUMNS, "vector"], fragments=[now.number])
            read.append(whole.filter(back))
    return _assembled(table, cache, dead, read)


def _assembled(
    table: RowTable, cache: Cache, dead: NDArray[np.bool_], read: "list[pa.Table]"
) -> View:
    import pyarrow as pa

    if read:
        late = pa.concat_tables(read).combine_chunks().sort_by("id")
    else:
        late = table.schema.empty_table().select([*METADATA_COLUMNS, "vector"])
    return View(
        table.version,
        cache,
        dead if dead.any() else None,
        ExactIndex(table_vectors(late), checked=True),
        late.drop_columns(["vector"]),
    )
