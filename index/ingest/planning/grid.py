"""A grid of windows over a plane, and how much tissue each of them holds."""

import numpy as np
from numpy.typing import NDArray


def grid_origins(
    shape: tuple[int, int], window: tuple[int, int], stride: tuple[int, int]
) -> NDArray[np.int32]:
    """Return the first pixels of all windows that fit into a plane.

    What is left over at the borders is divided evenly between both sides, so the grid is
    centred.

    Parameters
    ----------
    shape, window : (height, width)
        Size of the plane and of a window in pixels.
    stride : (down, across)
        Step between windows in pixels, at least 1.

    Returns
    -------
    ndarray of int32, (n, 2)
        Row and column of the first pixel, row by row; ``n`` is 0 when the window is larger than
        the plane.
    """
    down, across = (_starts(*lengths) for lengths in zip(shape, window, stride, strict=True))
    rows, columns = np.meshgrid(down, across, indexing="ij")
    return np.stack([rows.ravel(), columns.ravel()], axis=1)


def _starts(length: int, side: int, step: int) -> NDArray[np.int32]:
    if side > length:
        return np.empty(0, np.int32)
    n = (length - side) // step + 1
    first = (length - side - (n - 1) * step) // 2
    return first + step * np.arange(n, dtype=np.int32)


def tissue_share(
    mask: NDArray[np.bool_],
    shape: tuple[int, int],
    origins: NDArray[np.int32],
    window: tuple[int, int],
) -> NDArray[np.float64]:
    """Return the share of each window that is tissue, by area.

    Parameters
    ----------
    mask : ndarray of bool, (mask height, mask width)
        Tissue in a shrunk picture of the plane.
    shape : (height, width)
        Size of the plane in pixels.
    origins : ndarray of int, (n, 2)
        First row and column of each window in pixels of the plane.
    window : (height, width)
        Size of the windows in pixels of the plane.

    Returns
    -------
    ndarray of float64, (n,)
        0 to 1. Mask pixels that a window covers in part count in part.
    """
    areas = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1))
    areas[1:, 1:] = mask.cumsum(0, dtype=np.float64).cumsum(1)
    scale = np.array(mask.shape) / np.array(shape)
    start = origins * scale
    stop = (origins + np.array(window)) * scale
    inside = (
        _area_to(areas, stop[:, 0], stop[:, 1])
        - _area_to(areas, start[:, 0], stop[:, 1])
        - _area_to(areas, stop[:, 0], start[:, 1])
        + _area_to(areas, start[:, 0], start[:, 1])
    )
    return np.asarray(np.clip(inside / np.prod(np.array(window) * scale), 0, 1))


def _area_to(
    areas: NDArray[np.float64], row: NDArray[np.float64], column: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Tissue above and left of a point; linear between the corners of the mask's pixels."""
    top = np.minimum(row.astype(int), areas.shape[0] - 2)
    left = np.minimum(column.astype(int), areas.shape[1] - 2)
    r, c = row - top, column - left
    upper = areas[top, left] * (1 - c) + areas[top, left + 1] * c
    lower = areas[top + 1, left] * (1 - c) + areas[top + 1, left + 1] * c
    return upper * (1 - r) + lower * r
