"""Pixels of the full-resolution file: from and to the shrunken section, and their size."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from brainseek.registration.alignment.alignment import Alignment


def to_full(
    points: NDArray[np.float64], shape: tuple[int, int], full: tuple[int, int]
) -> NDArray[np.float64]:
    """Turn pixels of a shrunk image into pixels of the full one.

    Parameters
    ----------
    points : ndarray, (n, 2)
        (row, column); the centre of the first pixel is (0, 0).
    shape, full : (height, width)
        Sizes of the shrunk and of the full image.

    Returns
    -------
    ndarray, (n, 2)
        (row, column) in the full image, pixel centres at integers.
    """
    return (np.asarray(points, float) + 0.5) * (np.array(full) / np.array(shape)) - 0.5


def from_full(
    points: NDArray[np.float64], shape: tuple[int, int], full: tuple[int, int]
) -> NDArray[np.float64]:
    """Turn pixels of the full image into pixels of the shrunk one; the inverse of `to_full`."""
    return to_full(points, full, shape)


def estimated_pixel_size_um(alignment: "Alignment", full: tuple[int, int]) -> float:
    """Return the side of a pixel of the file in µm, as if the tissue had its size in the atlas.

    Shrinkage and swelling of the tissue go into it: expect it to be some 10 % off.

    Parameters
    ----------
    alignment : Alignment
        Of the section.
    full : (height, width)
        Size of the file in pixels.
    """
    u, v = np.array(alignment.plane.u, float), np.array(alignment.plane.v, float)
    area_um2 = float(np.linalg.norm(np.cross(u, v)))
    return math.sqrt(area_um2 / (full[0] * full[1]))
