"""Embeddings are rows of length 1."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainseek.catalog.core.errors import BrainseekError

_TOLERANCE = 1e-3


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
    squares = np.einsum("nd,nd->n", array, array)
    if (np.abs(squares - 1) <= 2 * _TOLERANCE).all():
        return array
    if not np.isfinite(squares).all():
        row = int(np.flatnonzero(~np.isfinite(squares))[0])
        raise BrainseekError(
            f"embedding {row} holds NaN or infinite values; check the image it was made from."
        )
    lengths = np.sqrt(squares)
    row = int(np.abs(lengths - 1).argmax())
    raise BrainseekError(
        f"embedding {row} has length {lengths[row]:.4g} and not 1; divide embeddings by their L2 "
        "norm first."
    )
