"""What a search returns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from brainseek.index.search.hit_images import read_row
from brainseek.index.search.hit_table import html_table
from brainseek.index.search.view import plain

if TYPE_CHECKING:
    import pandas
    import pyarrow as pa

    from brainseek.catalog.sections.section import Section

ScoreKind = Literal["cosine", "bm25"]


@dataclass(frozen=True)
class Hit:
    """One neighbour of a query.

    Attributes
    ----------
    rank : int
        Place among the neighbours of the same query, from 0.
    score : float
        Cosine similarity in -1..1, or relevance from 0 up (see `Hits.score_kind`); higher is
        closer.
    distance : float
        Euclidean distance of the two L2-normalised vectors, ``sqrt(2 - 2 * score)``; NaN where
        none were compared.
    row : mapping
        The row it came from: every column but the vector and the thumbnail.
    """

    rank: int
    score: float
    distance: float
    row: Mapping[str, Any]


class Hits(Sequence[Hit]):
    """The neighbours of one query, best first.

    Parameters
    ----------
    scores : ndarray of float64, (n,)
        What ``score_kind`` says.
    source : HitSource
        Where rows, vectors and thumbnails are fetched when they are looked at.
    numbers : ndarray of int64, (n,)
        Which rows they are there.
    first_rank : int
        Rank of the first, when earlier ones were skipped.
    batch : FetchedRows, optional
        Rows that are fetched together with those of other queries; they begin at ``start``.
    start : int
        Where in ``batch`` the hits begin.
    score_kind : {"cosine", "bm25"}
        Cosine similarities of vectors, or the relevance of words as in
        `brainseek.index.search.words.best_by_words`.
    """

    def __init__(
        self,
        scores: NDArray[np.float64],
        source: "HitSource",
        numbers: NDArray[np.int64],
        first_rank: int = 0,
        batch: "FetchedRows | None" = None,
        start: int = 0,
        score_kind: ScoreKind = "cosine",
    ) -> None:
        self.scores, self.score_kind = scores, score_kind
        self.first_rank = first_rank
        self._source, self._numbers = source, numbers
        self._batch, self._start = batch or FetchedRows(source, numbers), start

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def _rows(self) -> "pa.Table":
        return self._batch.table.slice(self._start, len(self))

    @overload
    def __getitem__(self, place: int) -> Hit: ...
    @overload
    def __getitem__(self, place: slice) -> "Hits": ...
    def __getitem__(self, place: int | slice) -> "Hit | Hits":
        """Return one hit, or a part of the list."""
        if isinstance(place, slice):
            return self.chosen(list(range(len(self)))[place])
        place = range(len(self))[place]
        return self._hit(place, self._rows.slice(place, 1).to_pylist()[0])

    def chosen(self, places: Sequence[int]) -> "Hits":
        """Return some of the hits; the first of them keeps its rank, the others follow."""
        which = np.array(places, np.int64)
        first = self.first_rank + (int(which[0]) if len(which) else 0)
        return Hits(
            self.scores[which],
            self._source,
            self._numbers[which],
            first,
            score_kind=self.score_kind,
        )

    def __iter__(self) -> Iterator[Hit]:
        for place, row in enumerate(self._rows.to_pylist()):
            yield self._hit(place, row)

    def _hit(self, place: int, row: Mapping[str, Any]) -> Hit:
        score, distance = float(self.scores[place]), float(self.distances[place])
        return Hit(self.first_rank + place, score, distance, row)

    @cached_property
    def distances(self) -> NDArray[np.float64]:
        """Euclidean distances (n,) between unit vectors; NaN where none were compared."""
        if self.score_kind == "bm25":
            return np.full(len(self), np.nan)
        return np.sqrt(np.maximum(0.0, 2 - 2 * self.scores))

    @property
    def ids(self) -> list[str]:
        """Ids of the rows."""
        return list(self._rows["id"].to_pylist())

    def to_arrow(self) -> "pa.Table":
        """Return rank, score, distance and the columns of the rows as an Arrow table."""
        import pyarrow as pa

        ranks = np.arange(self.first_rank, self.first_rank + len(self), dtype=np.int64)
        table = plain(self._rows).add_column(0, "rank", pa.array(ranks))
        table = table.add_column(1, "score", pa.array(self.scores))
        return table.add_column(2, "distance", pa.array(self.distances))

    def to_pandas(self) -> "pandas.DataFrame":
        """Return :meth:`to_arrow` as a data frame; needs pandas."""
        return self.to_arrow().to_pandas()

    def vectors(self) -> NDArray[np.float32]:
        """Return the embeddings of the rows, (n, d)."""
        return self._source.vectors(self._numbers)

    def thumbnails(self) -> list[bytes | None]:
        """Return the thumbnails (PNG or JPEG files), None where a row has none."""
        return self._source.thumbnails(self.ids)

    def images(self, max_side: int | None = 1024) -> "list[Section]":
        """Read the tissue of every hit again at its source, at most ``max_side`` pixels long."""
        return [read_row(hit.row, max_side) for hit in self]

    def votes(self, column: str = "structure", temperature: float = 0.05) -> dict[str, float]:
        """Return the share of each label among the hits, the most likely first.

        A hit weighs ``exp(score / temperature)``; hits without a label don't vote, so the
        shares add up to 1 over those that have one.

        Parameters
        ----------
        column : str
            E.g. ``"structure"``, ``"plate"``, ``"stain"``.
        temperature : float
            How quickly a vote falls with the similarity.
        """
        labels = self._rows[column].to_pylist()
        best = float(self.scores.max()) if len(self) else 0.0
        weights = np.exp((self.scores - best) / temperature)
        sums: dict[str, float] = {}
        for label, weight in zip(labels, weights, strict=True):
            if label is not None:
                sums[label] = sums.get(label, 0.0) + float(weight)
        total = sum(sums.values())
        ordered = sorted(sums.items(), key=lambda pair: (-pair[1], str(pair[0])))
        return {label: weight / total for label, weight in ordered}

    def __repr__(self) -> str:
        """Number of hits and the best of them."""
        if not len(self):
            return "Hits(none)"
        best = self[0]
        return f"Hits({len(self)}, best {best.score:.3f}: {best.row['source_uri']})"

    def to_html(self) -> str:
        """Return a table with thumbnails, which are read from the collection now."""
        ranks = range(self.first_rank, self.first_rank + len(self))
        return html_table(ranks, self.scores, self._rows.to_pylist(), self.thumbnails())

    _repr_html_ = to_html


class HitsBatch(Sequence[Hits]):
    """The neighbours of many queries, in the order of the queries.

    Parameters
    ----------
    scores, numbers : ndarray, (m, k)
        Of each query's hits, as in :class:`Hits`.
    source, first_rank
        As in :class:`Hits`.
    """

    def __init__(
        self,
        scores: NDArray[np.float64],
        source: "HitSource",
        numbers: NDArray[np.int64],
        first_rank: int = 0,
    ) -> None:
        self.scores = scores
        self._source, self._numbers, self._first_rank = source, numbers, first_rank
        self._batch = FetchedRows(source, numbers)

    def __len__(self) -> int:
        return len(self.scores)

    @overload
    def __getitem__(self, query: int) -> Hits: ...
    @overload
    def __getitem__(self, query: slice) -> "list[Hits]": ...
    def __getitem__(self, query: int | slice) -> "Hits | list[Hits]":
        """Return the hits of one query, or of some."""
        if isinstance(query, slice):
            return [self[i] for i in range(len(self))[query]]
        query = range(len(self))[query]
        return Hits(
            self.scores[query],
            self._source,
            self._numbers[query],
            self._first_rank,
            self._batch,
            query * self.scores.shape[1],
        )

    @property
    def rows(self) -> "pa.Table":
        """The rows of all hits, k for each query; text may be dictionary-encoded."""
        return self._batch.table

    def to_arrow(self) -> "pa.Table":
        """Return all hits as one Arrow table: ``query`` (from 0), rank, score and the columns."""
        import pyarrow as pa

        m, k = self.scores.shape
        ranks = np.arange(self._first_rank, self._first_rank + k)
        queries = pa.array(np.repeat(np.arange(m), k))
        table = plain(self.rows).add_column(0, "query", queries)
        table = table.add_column(1, "rank", pa.array(np.tile(ranks, m)))
        return table.add_column(2, "score", pa.array(self.scores.ravel()))


@dataclass(frozen=True)
class HitSource:
    """How hits get at what lies behind their numbers.

    Attributes
    ----------
    take : callable
        Row numbers (n,) to a table of all columns but vector and thumbnail.
    vectors : callable
        Row numbers (n,) to embeddings (n, d).
    thumbnails : callable
        Ids to image files.
    """

    take: Callable[[NDArray[np.int64]], "pa.Table"]
    vectors: Callable[[NDArray[np.int64]], NDArray[np.float32]]
    thumbnails: Callable[[list[str]], list[bytes | None]]


class FetchedRows:
    """The rows behind numbers (any shape), fetched all at once when they are first looked at.

    The rows are those of the version that was searched, however late that is.
    """

    def __init__(self, source: HitSource, numbers: NDArray[np.int64]) -> None:
        self._source, self._numbers = source, numbers

    @cached_property
    def table(self) -> "pa.Table":
        """All columns but vector and thumbnail, in the order of the numbers."""
        return self._source.take(self._numbers.ravel())
