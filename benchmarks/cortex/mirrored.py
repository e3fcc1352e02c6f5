"""Which place of the left hemisphere mirrors one of the right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.surfaces.surface import SIDES, Surface

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
    left, right = (surface.side(side) & surface.cortex for side in SIDES)
    here = surface.vertices_um[right] * (-1.0, 1.0, 1.0)
    shift = surface.vertices_um[left].mean(0) - here.mean(0)
    affine = np.vstack([np.eye(3), shift])
    for _ in range(ROUNDS):
        nearest, _ = surface.nearest(_moved(here, affine), np.inf, left)
        affine = np.linalg.lstsq(_with_one(here), surface.vertices_um[nearest], rcond=None)[0]
    turned = surface.vertices_um[vertices] * (-1.0, 1.0, 1.0)
    return surface.nearest(_moved(turned, affine), np.inf, left)[0]


def _with_one(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([points, np.ones(len(points))])


def _moved(points: NDArray[np.float64], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_with_one(points) @ affine)
