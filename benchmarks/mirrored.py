"""Which place of the left hemisphere mirrors one of the right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalog.surface import Surface

ROUNDS = 40


def mirrored_places(surface: Surface, vertices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the left vertices that mirror right ones.

    The right cortex is mirrored and laid on the left one by the affine map that brings every
    vertex nearest to the other side (iterated closest points, Besl and McKay 1992): brains are
    lopsided, and not all lie straight in their coordinates.

    Parameters
    ----------
    surface : Surface
    vertices : ndarray, (k,)
        Of the right hemisphere's cortex.

    Returns
    -------
    ndarray, (k,)
    """
    from scipy.spatial import cKDTree

    left, right = (
        np.flatnonzero(surface.side(side) & surface.cortex) for side in ("left", "right")
    )
    there = surface.vertices_um[left]
    here = surface.vertices_um[right] * (-1.0, 1.0, 1.0)
    shift = there.mean(0) - here.mean(0)
    tree, affine = cKDTree(there), np.vstack([np.eye(3), shift])
    for _ in range(ROUNDS):
        _, nearest = tree.query(_moved(here, affine))
        affine = np.linalg.lstsq(_with_one(here), there[nearest], rcond=None)[0]
    _, found = tree.query(_moved(surface.vertices_um[vertices] * (-1.0, 1.0, 1.0), affine))
    return np.asarray(left[found], np.int64)


def _with_one(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([points, np.ones(len(points))])


def _moved(points: NDArray[np.float64], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_with_one(points) @ affine)
