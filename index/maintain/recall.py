"""How many of the true neighbours a search finds, measured on rows of the collection."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.search.hits import Hits

_Z95 = 1.959964  # 97.5 % point of the normal distribution
_SLACK = 1e-6  # rounding of a float32 product: rows this close to the last neighbour are as good


@dataclass(frozen=True)
class RecallCheck:
    """What :func:`check_recall` measured.

    Attributes
    ----------
    recall : float
        Mean share of the true ``k`` nearest rows that the search found.
    low, high : float
        95 % interval of it, see :func:`interval`.
    n, k : int
        Queries, and neighbours asked for of each.
    kind : str
        ``"flat"`` for exact search, or the FAISS factory string of the codes.
    """

    recall: float
    low: float
    high: float
    n: int
    k: int
    kind: str


def check_recall(collection: Collection, n: int = 100, k: int = 10, seed: int = 0) -> RecallCheck:
    """Search for rows of a collection as everybody does, and exactly, and compare.

    A row is not counted as a neighbour of itself. A hit is right when its vector is at least as
    similar to the query as the ``k``-th true neighbour, so rows with equal vectors can stand
    for one another; the similarity is computed anew from the vectors.

    Parameters
    ----------
    collection : Collection
    n : int
        How many of its rows are searched for, drawn by ``seed``; all if there are fewer.
    k : int
        How many neighbours of each; all others if there are fewer.

    Raises
    ------
    BrainseekError
        ``n`` or ``k`` is below 1, or there are fewer than two rows.
    """
    if n < 1 or k < 1:
        raise BrainseekError(f"a recall of {n} queries and {k} neighbours means nothing; use 1 up.")
    view = collection.view()
    rows = view.numbers()
    if len(rows) < 2:
        raise BrainseekError(
            f"the recall of {collection.uri} can't be measured on {len(rows)} row(s); add some."
        )
    chosen = np.random.default_rng(seed).choice(rows, min(n, len(rows)), replace=False)
    ids = view.take(chosen)["id"].to_pylist()
    queries = view.vectors(chosen)
    k = min(k, len(rows) - 1)
    truth = collection.search_batch(queries, k + 1, exact=True)
    found = collection.search_batch(queries, k + 1)
    shares = np.array(
        [_share(*one, k) for one in zip(queries, ids, truth, found, strict=True)], np.float64
    )
    low, high = interval(shares, k)
    return RecallCheck(float(shares.mean()), low, high, len(shares), k, view.cache.stamp.kind)


def _share(query: NDArray[np.float32], itself: str, truth: Hits, found: Hits, k: int) -> float:
    """Return the share of the ``k`` hits, without the row itself, that are true neighbours."""
    floor = _similarities(query, itself, truth)[:k].min()
    return float(np.count_nonzero(_similarities(query, itself, found)[:k] >= floor - _SLACK) / k)


def _similarities(query: NDArray[np.float32], itself: str, hits: Hits) -> NDArray[np.float64]:
    """Return the similarities of a query (d,) to the rows that were found, each row once."""
    others = {name: place for place, name in reversed(list(enumerate(hits.ids))) if name != itself}
    places = np.array(sorted(others.values()), np.int64)
    return hits.vectors()[places].astype(np.float64) @ query.astype(np.float64)


def interval(shares: NDArray[np.float64], k: int) -> tuple[float, float]:
    """Return the 95 % interval of the mean of shares that were measured on ``k`` things each.

    Wilson's score interval (Wilson, JASA 1927; eq. 4 of Brown, Cai and DasGupta, Statistical
    Science 2001). Neighbours of one query are found or missed together, so they don't count as
    independent trials: the number of trials is the one at which a binomial share would scatter
    as much as these do, at least one and at most ``k`` a query. Where all shares are equal
    nothing is known about that, and every query is one trial.

    Parameters
    ----------
    shares : ndarray of float64, (n,)
        Each in 0..1.
    k : int
        Neighbours behind each share.
    """
    n, mean = len(shares), float(shares.mean())
    scatter = float(shares.var(ddof=1)) if n > 1 else 0.0
    trials = float(np.clip(n * mean * (1 - mean) / scatter, n, n * k)) if scatter > 0 else float(n)
    centre = mean + _Z95**2 / (2 * trials)
    half = _Z95 * np.sqrt(mean * (1 - mean) / trials + _Z95**2 / (4 * trials**2))
    scale = 1 + _Z95**2 / trials
    return float(max(0.0, (centre - half) / scale)), float(min(1.0, (centre + half) / scale))
