"""Exact nearest neighbours by cosine similarity, in memory."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from catalog.errors import BrainseekError

FAISS_FROM_ROWS = 4096
"""From this many vectors on FAISS does the search; below it, importing FAISS costs more time
than it saves."""

_UNIT_TOLERANCE = 1e-3


def unit_vectors(vectors: ArrayLike, dim: int | None = None) -> NDArray[np.float32]:
    """Check embeddings and return them as a contiguous float32 array.

    Parameters
    ----------
    vectors : array_like, (n, d)
        L2-normalised embeddings.
    dim : int, optional
        The ``d`` that they must have.

    Raises
    ------
    BrainseekError
        The array is not 2-D, has another ``d``, or holds a vector that is not finite or not of
        length 1.
    """
    array = np.ascontiguousarray(vectors, dtype=np.float32)
    if array.ndim != 2:
        raise BrainseekError(
            f"embeddings of shape {array.shape} are not a matrix; give them as (n, d), "
            "one vector per row."
        )
    if dim is not None and array.shape[1] != dim:
        raise BrainseekError(
            f"these embeddings have {array.shape[1]} dimensions and the collection has {dim}; "
            "use the encoder that wrote the collection."
        )
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise BrainseekError(
            f"embedding {row} holds NaN or infinite values; check the image it was made from."
        )
    lengths = np.linalg.norm(array, axis=1)
    if array.size and np.abs(lengths - 1).max() > _UNIT_TOLERANCE:
        row = int(np.abs(lengths - 1).argmax())
        raise BrainseekError(
            f"embedding {row} has length {lengths[row]:.4g} and not 1; divide embeddings by "
            "their L2 norm first."
        )
    return array


class ExactIndex:
    """All vectors of a collection, searched one by one.

    Neighbours are ordered by falling cosine similarity; equal scores keep the order in which
    the vectors were given, so that a result never depends on the library below.

    Parameters
    ----------
    vectors : array_like, (n, d)
        L2-normalised embeddings; ``n`` may be 0.
    """

    def __init__(self, vectors: ArrayLike) -> None:
        self._vectors = unit_vectors(vectors)
        self._faiss: Any = None
        if len(self._vectors) >= FAISS_FROM_ROWS:
            import faiss

            self._faiss = faiss.IndexFlatIP(self._vectors.shape[1])
            self._faiss.add(self._vectors)

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def dim(self) -> int:
        """Number of dimensions of a vector."""
        return int(self._vectors.shape[1])

    def search(self, queries: ArrayLike, k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the ``min(k, n)`` nearest vectors of each query, best first.

        Parameters
        ----------
        queries : array_like, (m, d)
            L2-normalised embeddings.
        k : int
            How many neighbours; at least 1.

        Returns
        -------
        scores : ndarray of float64, (m, min(k, n))
            Cosine similarities.
        numbers : ndarray of int64, (m, min(k, n))
            Which vectors they are, counted from 0.
        """
        if k < 1:
            raise BrainseekError(f"k is {k}; ask for at least 1 neighbour.")
        wanted = unit_vectors(queries, self.dim)
        k = min(k, len(self))
        scores = np.empty((len(wanted), k), dtype=np.float64)
        numbers = np.empty((len(wanted), k), dtype=np.int64)
        if k == 0 or len(wanted) == 0:
            return scores, numbers
        for row, candidates in enumerate(self._candidates(wanted, k)):
            # The library's float32 sums depend on how it blocks the product, so equal vectors
            # may differ in the last bit; the few candidates are summed again in float64.
            exact = np.einsum("kd,d->k", self._vectors[candidates].astype(np.float64), wanted[row])
            order = np.lexsort((candidates, -exact))[:k]
            scores[row], numbers[row] = exact[order], candidates[order]
        return scores, numbers

    def _candidates(self, queries: NDArray[np.float32], k: int) -> list[NDArray[np.int64]]:
        """Return for each query every vector that could be among its ``k`` nearest, ties too."""
        slack = 1e-5  # far above the rounding of a float32 product of unit vectors
        if self._faiss is None:
            products = queries @ self._vectors.T
            worst = np.partition(products, -k, axis=1)[:, -k]
            return [
                np.flatnonzero(row >= w - slack) for row, w in zip(products, worst, strict=True)
            ]
        found, _ = self._faiss.search(queries, k)
        return [
            self._faiss.range_search(queries[i : i + 1], float(found[i, -1]) - slack)[2]
            for i in range(len(queries))
        ]
