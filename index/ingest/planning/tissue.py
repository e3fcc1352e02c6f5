"""Where the tissue lies in a small picture of a plane."""

import numpy as np
from numpy.typing import NDArray

from brainseek.embedder.preprocessing.section_gray import (
    dark_background,
    tissue_mask,
    to_gray_uint8,
)

MIN_COMPONENT = 0.01
"""Pieces smaller than this share of the largest are dirt."""


def tissue_of(picture: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return the tissue of a picture, bright- or dark-field.

    Parameters
    ----------
    picture : ndarray, (height, width) or (height, width, 3)
        Any real type.

    Returns
    -------
    ndarray of bool, (height, width)
        Where nothing stands out, everything is tissue; a picture with one value everywhere has
        none.

    Raises
    ------
    BrainseekError
        When it holds NaN or infinite values.
    """
    gray = to_gray_uint8(picture)
    if picture.min() == picture.max():
        return np.zeros(gray.shape, bool)
    return tissue_mask(dark_background(gray), MIN_COMPONENT)
