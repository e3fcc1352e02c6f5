"""Clustered unit vectors with the shape of real embeddings: what search is measured on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CLUSTERS, FAMILIES, RANK = 1000, 40, 24
SPREAD, NOISE = 1.3, 0.35


def clustered(
    rows: int, queries: int, dim: int = 256, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """Draw vectors around unequal, elongated, overlapping clusters.

    1000 centres of exponentially distributed weight; around each, normal deviations in a
    24-dimensional subspace that the clusters of one of 40 families share (1.3 long in the root
    mean square, longer than the centre), and isotropic noise (0.35 long).

    Returns
    -------
    vectors : ndarray of float32, (rows, dim)
        Of unit length.
    queries : ndarray of float32, (queries, dim)
        Drawn from the same clusters, not among the vectors.
    cluster : ndarray of int32, (rows,)
        Cluster of each vector.
    """
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((CLUSTERS, dim), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    family = rng.integers(0, FAMILIES, CLUSTERS)
    rank = min(RANK, dim)
    bases = [np.linalg.qr(rng.standard_normal((dim, rank)))[0].T for _ in range(FAMILIES)]
    weights = rng.exponential(size=CLUSTERS)
    weights /= weights.sum()

    def draw(n: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        cluster = rng.choice(CLUSTERS, n, p=weights).astype(np.int32)
        vectors = rng.standard_normal((n, dim), dtype=np.float32)
        vectors *= NOISE / np.sqrt(dim)
        vectors += centres[cluster]
        along = rng.standard_normal((n, rank), dtype=np.float32) * (SPREAD / np.sqrt(rank))
        for number, basis in enumerate(bases):
            mine = np.flatnonzero(family[cluster] == number)
            vectors[mine] += along[mine] @ basis.astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors, cluster

    vectors, cluster = draw(rows)
    return vectors, draw(queries)[0], cluster
