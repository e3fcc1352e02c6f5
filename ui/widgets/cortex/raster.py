"""Which triangle of a mesh every pixel shows: a small z-buffer in NumPy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMPTY = -1
"""Triangle of pixels that show nothing."""


@dataclass(frozen=True, eq=False)
class Raster:
    """What the pixels of a picture show.

    Attributes
    ----------
    face : ndarray of int32, (height, width)
        Number of the triangle in front; `EMPTY` where there is none.
    weights : ndarray of float32, (height, width, 3)
        How near the pixel lies to each corner of that triangle; they add up to 1, and are 0 where
        there is none.
    """

    face: NDArray[np.int32]
    weights: NDArray[np.float32]


def rasterise(
    points: NDArray[np.float64], faces: NDArray[np.int32], height: int, width: int
) -> Raster:
    """Find the front-most triangle at the centre of every pixel.

    Parameters
    ----------
    points : ndarray, (n, 3)
        Row, column and nearness of the vertices in pixels; the centre of the first pixel is at
        row 0, column 0, and what has the larger nearness hides the rest.
    faces : ndarray of int32, (m, 3)
        Both sides of a triangle are shown. Of triangles that are equally near the first is.
    height, width : int
        Size of the picture.

    Returns
    -------
    Raster
    """
    corners = points[faces]
    low = np.ceil(corners[..., :2].min(axis=1)).astype(np.int64)
    high = np.floor(corners[..., :2].max(axis=1)).astype(np.int64)
    low = np.maximum(low, 0)
    high = np.minimum(high, (height - 1, width - 1))
    tall, wide = np.maximum(high - low + 1, 0).T
    face, row, column = _box_pixels(low, tall * wide, wide)
    weights = _barycentric(corners, face, row, column)
    inside = (weights >= 0).all(axis=1)
    face, row, column, weights = face[inside], row[inside], column[inside], weights[inside]
    nearness = (corners[face, :, 2] * weights).sum(axis=1)
    pixel = row * width + column
    order = np.lexsort((face, -nearness, pixel))
    first = order[np.append(True, np.diff(pixel[order]) > 0)] if len(order) else order
    shown = np.full(height * width, EMPTY, np.int32)
    share = np.zeros((height * width, 3), np.float32)
    shown[pixel[first]] = face[first]
    share[pixel[first]] = weights[first]
    return Raster(shown.reshape(height, width), share.reshape(height, width, 3))


def _box_pixels(
    low: NDArray[np.int64], count: NDArray[np.int64], wide: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return triangle, row and column of every pixel in the box of every triangle."""
    face = np.repeat(np.arange(len(count)), count)
    start = np.repeat(np.cumsum(count) - count, count)
    place = np.arange(len(face)) - start
    return face, low[face, 0] + place // wide[face], low[face, 1] + place % wide[face]


def _barycentric(
    corners: NDArray[np.float64],
    face: NDArray[np.int64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the weights of the corners at pixels, (k, 3); -1 in triangles seen edge-on."""
    a, b, c = (corners[:, corner, :2] for corner in range(3))
    area = _cross(b - a, c - a)
    pixel = np.stack([row, column], axis=1)
    to_a, to_b, to_c = (pixel - corner[face] for corner in (a, b, c))
    parts = np.stack([_cross(to_b, to_c), _cross(to_c, to_a), _cross(to_a, to_b)], axis=1)
    whole = area[face][:, None]
    return np.divide(parts, whole, out=np.full_like(parts, -1.0), where=whole != 0)


def _cross(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
