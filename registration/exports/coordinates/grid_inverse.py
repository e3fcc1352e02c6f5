"""Values between the points of a grid, and the place on the grid that has given values."""

import numpy as np
from numpy.typing import NDArray

_STEPS = 20
_CLOSE = 1e-4
"""Newton steps at most, and the change in grid cells at which they stop."""
_OUTSIDE = 2.0
"""How far, in cells, the search may leave the grid before it is pulled back."""


def bilinear(grid: NDArray[np.floating], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate a grid, and go on straight beyond its edges.

    Parameters
    ----------
    grid : ndarray, (n, m, k)
        Values; n and m are at least 2.
    places : ndarray, (p, 2)
        (row, column) in grid cells; NaN gives NaN.

    Returns
    -------
    ndarray, (p, k)
    """
    corner, share = _cell(grid, places)
    row, column = corner.T
    down, across = share[:, :1], share[:, 1:]
    top = grid[row, column] * (1 - across) + grid[row, column + 1] * across
    bottom = grid[row + 1, column] * (1 - across) + grid[row + 1, column + 1] * across
    return np.asarray(top * (1 - down) + bottom * down, float)


def inverse_on_grid(grid: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the places at which a grid of pairs has the given values.

    Starts at the nearest grid point and goes on by Newton's method on the bilinear surface.

    Parameters
    ----------
    grid : ndarray, (n, m, 2)
        A map without folds.
    values : ndarray, (p, 2)
        Wanted values.

    Returns
    -------
    ndarray, (p, 2)
        (row, column) in grid cells; NaN where no place was found, or the value is NaN.
    """
    from scipy.spatial import cKDTree

    n, m = grid.shape[:2]
    known = np.isfinite(values).all(1)
    found = np.full(values.shape, np.nan)
    if not known.any():
        return found
    wanted = values[known]
    _, nearest = cKDTree(grid.reshape(-1, 2)).query(wanted)
    places = np.column_stack(np.unravel_index(nearest, (n, m))).astype(float)
    limit = np.array([n, m]) - 1 + _OUTSIDE
    step = np.full_like(places, np.inf)
    for _ in range(_STEPS):
        miss = wanted - bilinear(grid, places)
        step = np.linalg.solve(_slopes(grid, places), miss[..., None])[..., 0]
        places = np.clip(places + step, -_OUTSIDE, limit)
        if np.abs(step).max() < _CLOSE:
            break
    places[np.abs(step).max(1) > 0.05] = np.nan
    found[known] = places
    return found


def _cell(
    grid: NDArray[np.floating], places: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the upper left corner of each place's cell, and how far beyond it the place lies."""
    last = np.array(grid.shape[:2]) - 2
    corner = np.clip(np.floor(np.nan_to_num(places)), 0, last).astype(np.int64)
    return corner, places - corner


def _slopes(grid: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the derivative of the bilinear surface, (p, 2 values, 2 directions)."""
    corner, share = _cell(grid, places)
    row, column = corner.T
    a, b = grid[row, column], grid[row, column + 1]
    c, d = grid[row + 1, column], grid[row + 1, column + 1]
    down, across = share[:, :1], share[:, 1:]
    slopes = np.stack(
        [(c - a) * (1 - across) + (d - b) * across, (b - a) * (1 - down) + (d - c) * down], axis=2
    )
    flat = np.abs(np.linalg.det(slopes)) < 1e-300
    slopes[flat] = np.eye(2)
    return np.asarray(slopes)
