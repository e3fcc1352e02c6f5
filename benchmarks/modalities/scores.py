"""What retrieval across modalities is worth: ranks of the true place, and how far off hits are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.modalities.places import Places
from benchmarks.shared.vectors import unit
from brainseek.index.vector_cache.exact import ExactIndex

Vectors = NDArray[np.float32]
Order = NDArray[np.int64]

MIDLINE_UM = 5700.0
"""ML of the plane of symmetry of the CCFv3."""


@dataclass(frozen=True)
class Retrieval:
    """One direction of one method.

    Attributes
    ----------
    recall1, recall5, recall10 : float
        Share of the queries whose own place is among the best 1, 5, 10.
    median_rank : float
        Of the own place, from 1.
    error_um : float
        Median distance of the first hit from the query's place.
    folded_um : float
        The same after the right hemisphere was folded onto the left one.
    blocks : tuple of float
        Recall at 5 of the queries of each block of adjacent sections.
    """

    recall1: float
    recall5: float
    recall10: float
    median_rank: float
    error_um: float
    folded_um: float
    blocks: tuple[float, ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """Everything but the blocks."""
        return (
            self.recall1, self.recall5, self.recall10, self.median_rank, self.error_um,
            self.folded_um,
        )  # fmt: skip


def nearest(queries: Vectors, gallery: Vectors) -> Order:
    """Rows of the gallery (n, d) by falling cosine similarity to each query (m, d); (m, n)."""
    index = ExactIndex(unit(gallery))
    return index.search(unit(queries), len(gallery))[1]


def retrieval(order: Order, places: Places, rows: NDArray[np.int64] | None = None) -> Retrieval:
    """Score a complete order of the gallery for every query.

    Parameters
    ----------
    order : ndarray, (m, n)
        Rows of the gallery, best first.
    places : Places
        Row i of the gallery shows its place i.
    rows : ndarray of int, (m,), optional
        Place of each query; by default query i shows place i.
    """
    own = np.arange(len(order)) if rows is None else rows
    ranks = 1 + (order == own[:, None]).argmax(1)
    blocks = places.blocks[own]
    ends = places.places_um[own], places.places_um[order[:, 0]]
    recall1, recall5, recall10 = (float((ranks <= k).mean()) for k in (1, 5, 10))
    return Retrieval(
        recall1,
        recall5,
        recall10,
        float(np.median(ranks)),
        float(np.median(apart_um(*ends))),
        float(np.median(apart_um(*map(folded, ends)))),
        tuple(float((ranks[blocks == block] <= 5).mean()) for block in np.unique(blocks)),
    )


def by_chance(places: Places) -> Retrieval:
    """What any order that knows nothing reaches on average, in closed form."""
    n, points = len(places), places.places_um
    error, error_folded = (
        float(np.median(apart_um(some[:, None], some[None]))) for some in (points, folded(points))
    )
    one, five, ten = (min(1.0, k / n) for k in (1, 5, 10))
    blocks = (five,) * len(np.unique(places.blocks))
    return Retrieval(one, five, ten, (n + 1) / 2, error, error_folded, blocks)


def apart_um(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances of points (…, 3) in µm."""
    return np.asarray(np.linalg.norm(one - other, axis=-1))


def folded(points_um: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reflect points (…, 3), AP, DV, ML, of the right hemisphere onto the left one."""
    return np.concatenate(
        [points_um[..., :2], MIDLINE_UM - np.abs(points_um[..., 2:] - MIDLINE_UM)], axis=-1
    )


def spread(values: Sequence[float], digits: int) -> str:
    """Mean and, of two or more, standard deviation."""
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {np.std(values):.{digits}f}"
