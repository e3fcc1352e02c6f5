"""How well patches of one modality find their places in the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PairScore:
    """Retrieval of n places in both directions: share of ranks within 5, median rank from 1."""

    n: int
    recall5_forward: float
    recall5_back: float
    median_rank_forward: float
    median_rank_back: float

    @property
    def error(self) -> float:
        """One minus the mean recall."""
        return 1.0 - (self.recall5_forward + self.recall5_back) / 2

    @property
    def said(self) -> str:
        """Both recalls in words."""
        return f"R@5 {self.recall5_forward:.3f} → {self.recall5_back:.3f} ←"


def true_ranks(queries: NDArray[np.float32], gallery: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rank, from 1, of gallery row i for query row i by cosine similarity, (n,).

    Ties share their mean rank, so that equal vectors for all do not look like success.

    Parameters
    ----------
    queries, gallery : ndarray, (n, d)
        Unit vectors.
    """
    ranks = np.empty(len(queries))
    for start in range(0, len(queries), 512):
        similarity = queries[start : start + 512] @ gallery.T
        rows = np.arange(len(similarity))
        own = similarity[rows, start + rows][:, None]
        better, equal = (similarity > own).sum(1), (similarity == own).sum(1)
        ranks[start : start + 512] = better + (equal + 1) / 2
    return ranks


def pair_score(vectors: NDArray[np.float32]) -> PairScore:
    """Score unit vectors (n, 2, d) of two modalities of n places."""
    first, second = (np.ascontiguousarray(vectors[:, i]) for i in (0, 1))
    forward, back = true_ranks(first, second), true_ranks(second, first)
    recalls = (float((ranks <= 5).mean()) for ranks in (forward, back))
    medians = (float(np.median(ranks)) for ranks in (forward, back))
    return PairScore(len(vectors), *recalls, *medians)
