"""How well a network ranks plates: rank of the true plate, TOP-N, plate error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def ranks_of_truth(
    similarity: NDArray[np.float32], plates: NDArray[np.int64], truth: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rank, from 0, of the true plate among all plates sorted by similarity.

    Parameters
    ----------
    similarity : ndarray, (n sections, n plates)
    plates : ndarray, (n plates,)
        Plate numbers of the columns.
    truth : ndarray, (n sections,)
        True plate numbers.
    """
    column = np.array([int(np.flatnonzero(plates == number)[0]) for number in truth])
    own = similarity[np.arange(len(truth)), column][:, None]
    return np.asarray((similarity > own).sum(1))


@dataclass(frozen=True)
class RankScore:
    """Scores of one split: rank-MAE, shares with rank below N, median plate error in plates."""

    n: int
    rank_mae: float
    top1: float
    top3: float
    top5: float
    top10: float
    plate_error: float

    @property
    def error(self) -> float:
        """The rank-MAE."""
        return self.rank_mae

    @property
    def said(self) -> str:
        """The rank-MAE in words."""
        return f"rank-MAE {self.rank_mae:.2f}"


def rank_score(
    similarity: NDArray[np.float32], plates: NDArray[np.int64], truth: NDArray[np.int64]
) -> RankScore:
    """Summarise a similarity matrix (n sections, n plates) against the true plates."""
    ranks = ranks_of_truth(similarity, plates, truth)
    best = plates[similarity.argmax(1)]
    top1, top3, top5, top10 = (float((ranks < n).mean()) for n in (1, 3, 5, 10))
    error = float(np.abs(best - truth).mean())
    return RankScore(len(truth), float(ranks.mean()), top1, top3, top5, top10, error)
