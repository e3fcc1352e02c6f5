"""Boxes and affine maps of square pictures, (x, y) in pixels, for augmentations."""

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.trainers.augmentations.distortions import Picture

Box = tuple[float, float, float, float]
"""``(x0, x1, y0, y1)`` in pixels."""


def content_box(picture: Picture) -> Box:
    """``(x0, x1, y0, y1)`` of the pixels above zero."""
    columns, rows = np.flatnonzero(picture.any(0)), np.flatnonzero(picture.any(1))
    if not columns.size:
        return (0.0, float(picture.shape[1]), 0.0, float(picture.shape[0]))
    return (float(columns[0]), columns[-1] + 1.0, float(rows[0]), rows[-1] + 1.0)


def rotation(angle: float) -> NDArray[np.float64]:
    """2×2 matrix of a turn in radians."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def about_centre(linear: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """3×3 matrix of a linear map about the middle of ``box``, acting on (x, y, 1)."""
    centre = np.array([(box[0] + box[1]) / 2, (box[2] + box[3]) / 2])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = centre - linear @ centre
    return matrix


def fit_box(box: Box, size: int, *, stretch: bool = False) -> NDArray[np.float64]:
    """3×3 matrix that brings ``box`` to the middle of a ``size`` square."""
    width, height = max(box[1] - box[0], 1.0), max(box[3] - box[2], 1.0)
    longest = max(width, height)
    scale_x, scale_y = (width, height) if stretch else (longest, longest)
    matrix = np.diag([size / scale_x, size / scale_y, 1.0])
    matrix[0, 2] = size / 2 - size / scale_x * (box[0] + box[1]) / 2
    matrix[1, 2] = size / 2 - size / scale_y * (box[2] + box[3]) / 2
    return matrix


def seen_box(picture: Picture, matrix: NDArray[np.float64], box: Box) -> Box:
    """Bounding box, after ``matrix``, of the picture's content inside ``box``."""
    step = max(picture.shape[0] // 64, 1)
    rows, columns = np.nonzero(picture[::step, ::step])
    x, y = columns * float(step), rows * float(step)
    inside = (x >= box[0]) & (x <= box[1]) & (y >= box[2]) & (y <= box[3])
    if inside.sum() < 16:
        return box
    points = matrix[:2, :2] @ np.stack([x[inside], y[inside]]) + matrix[:2, 2:]
    low, high = points.min(1), points.max(1) + step
    return (float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def field_of_view(view: Box, fit: NDArray[np.float64], size: int) -> NDArray[np.bool_]:
    """Pixels of the output that lie inside the imaged window."""
    edges = np.arange(size) + 0.5
    x0, x1 = (fit[0, 0] * view[i] + fit[0, 2] for i in (0, 1))
    y0, y1 = (fit[1, 1] * view[i] + fit[1, 2] for i in (2, 3))
    columns = (edges >= x0) & (edges <= x1)
    rows = (edges >= y0) & (edges <= y1)
    return np.asarray(rows[:, None] & columns[None, :])


def resampled(
    picture: Picture,
    matrix: NDArray[np.float64],
    size: int,
    displacement: NDArray[np.float64] | None = None,
) -> Picture:
    """Resample ``picture`` by ``matrix`` (source → output) without aliasing.

    ``displacement`` is a coarse ``(2, n, n)`` field of x and y shifts in output pixels.
    """
    shrinking = 1.0 / np.sqrt(max(abs(np.linalg.det(matrix[:2, :2])), 1e-6))
    while shrinking > 1.5 and min(picture.shape) > 32:
        picture = np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=3))
        matrix = matrix @ np.diag([2.0, 2.0, 1.0])
        shrinking /= 2
    inverse = np.linalg.inv(matrix)
    if displacement is None:
        return np.asarray(
            cv2.warpAffine(picture, inverse[:2], (size, size), flags=cv2.WARP_INVERSE_MAP | 1)
        )
    axis = np.arange(size, dtype=np.float32)
    field = [cv2.resize(d.astype(np.float32), (size, size), interpolation=2) for d in displacement]
    x, y = axis[None, :] + field[0], axis[:, None] + field[1]
    inverse = inverse.astype(np.float32)
    map_x = inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]
    map_y = inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]
    return np.asarray(cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR))
