"""Unit vectors; made ones have the clusters of real embeddings and rows like those of patches."""

import numpy as np
import pyarrow as pa
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


def made_rows(vectors: NDArray[np.float32], cluster: NDArray[np.int32], start: int) -> pa.Table:
    """Return rows of a collection with the metadata of patches."""
    n, dim = vectors.shape
    numbers = np.arange(start, start + n)
    rng = np.random.default_rng(start)
    flat = pa.array(np.ascontiguousarray(vectors).ravel())
    return pa.table(
        {
            "id": [f"{number:032x}" for number in numbers],
            "vector": pa.FixedSizeListArray.from_arrays(flat, dim),
            "kind": pa.repeat("patch", n),
            "source_uri": [f"slides/brain-{number // 5000}/slide.tif" for number in numbers],
            "window_row": pa.array((numbers % 5000) // 100 * 256, pa.int32()),
            "window_column": pa.array(numbers % 100 * 256, pa.int32()),
            "window_height": pa.repeat(pa.scalar(256, pa.int32()), n),
            "window_width": pa.repeat(pa.scalar(256, pa.int32()), n),
            "plate": pa.array(rng.integers(0, 10_000, n), pa.int32()),
            "ap_um": rng.uniform(0, 13_000, n),
            "dv_um": rng.uniform(0, 8_000, n),
            "ml_um": rng.uniform(0, 11_000, n),
            "structure": [f"S{number % 100}" for number in cluster],
            "stain": np.where(cluster % 2 == 0, "nissl", "ish"),
        }
    )


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows (n, d) to length 1."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)
