"""Affine maps as (2, 3) matrices: between full and shrunken pictures, and for other libraries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.registration.alignment.masks import Picture


def xy_matrix(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Change a map of (row, column) to one of (x, y), or back."""
    return np.asarray(matrix[::-1][:, [1, 0, 2]])


def low_matrix(
    matrix: NDArray[np.float64], section: Picture, target: Picture
) -> NDArray[np.float64]:
    """Change a (2, 3) map of full section pixels to full target pixels to the shrunken pictures."""
    s, t = np.array(section.scale), np.array(target.scale)
    linear = matrix[:, :2] * s / t[:, None]
    shift = (matrix[:, :2] @ (0.5 * s - 0.5) + matrix[:, 2] + 0.5) / t - 0.5
    return np.column_stack([linear, shift])


def full_matrix(low: NDArray[np.float64], section: Picture, target: Picture) -> NDArray[np.float64]:
    """Inverse of `low_matrix`."""
    s, t = np.array(section.scale), np.array(target.scale)
    linear = low[:, :2] / s * t[:, None]
    shift = (low[:, 2] + 0.5) * t - 0.5 - linear @ (0.5 * s - 0.5)
    return np.column_stack([linear, shift])
