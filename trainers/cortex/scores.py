"""How well distances between embeddings follow distances along a surface."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDEST_UM = 60_000.0


@dataclass(frozen=True)
class CortexScore:
    """How embedding distance follows distance along the surface on the other hemisphere."""

    n: int
    spearman: float

    @property
    def error(self) -> float:
        """One minus Spearman's rho."""
        return 1.0 - self.spearman

    @property
    def said(self) -> str:
        """The correlation in words."""
        return f"Spearman {self.spearman:.3f}"


def distance_spearman(vectors: NDArray[np.float32], distances_um: NDArray[np.float32]) -> float:
    """Spearman's rho of cosine distance and distance along the surface, pairs up to 60 mm.

    Parameters
    ----------
    vectors : ndarray, (n, d)
        Of unit length.
    distances_um : ndarray, (n, n)
        Mutual distances; infinite ones are left out.
    """
    from scipy.stats import spearmanr

    rows, columns = np.triu_indices(len(vectors), 1)
    apart = distances_um[rows, columns]
    near = np.isfinite(apart) & (apart <= WIDEST_UM)
    cosine = 1 - np.einsum("ij,ij->i", vectors[rows[near]], vectors[columns[near]])
    return float(spearmanr(cosine, apart[near]).statistic)
