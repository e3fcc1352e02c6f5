"""The shape in which a cortex is drawn: folded as it is, or smoothed so that sulci are seen."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.surfaces.mesh import edge_uses
from brainseek.catalog.surfaces.surface import Surface

ROUNDS = 60
"""How often each vertex moves towards its neighbours in the smoothed shape."""
STEP = 0.5
"""How far of the way it then moves."""
FOLD_ROUNDS = 12
"""Rounds of the shape against which folds are measured; fewer show finer folds."""


@dataclass(frozen=True, eq=False)
class CortexShape:
    """What is drawn.

    Attributes
    ----------
    vertices_um : ndarray of float64, (n, 3)
        Places in the picture's own space, x, y, z in µm.
    normals : ndarray of float64, (n, 3)
        Outward, of length 1; 0 where a vertex has none.
    sulcus : ndarray of bool, (n,)
        True in the depth of folds.
    """

    vertices_um: NDArray[np.float64]
    normals: NDArray[np.float64]
    sulcus: NDArray[np.bool_]


def cortex_shape(surface: Surface, smooth: bool) -> CortexShape:
    """Return the shape of a surface.

    Parameters
    ----------
    surface : Surface
    smooth : bool
        Draw each vertex at the mean of its neighbours many times over (Laplacian smoothing,
        stretched back to its length), which opens the folds; otherwise as it is.

    Returns
    -------
    CortexShape
    """
    folded = surface.vertices_um
    reference = _smoothed(surface, folded, FOLD_ROUNDS)
    outward = _normals(surface, reference)
    sulcus = ((folded - reference) * outward).sum(axis=1) < 0
    if not smooth:
        return CortexShape(folded, _normals(surface, folded), sulcus)
    drawn = _smoothed(surface, folded, ROUNDS)
    for side in np.unique(surface.hemisphere):
        here = surface.hemisphere == side
        middle = drawn[here].mean(axis=0)
        stretch = np.ptp(folded[here, 1]) / np.ptp(drawn[here, 1])
        drawn[here] = middle + stretch * (drawn[here] - middle)
    return CortexShape(drawn, _normals(surface, drawn), sulcus)


def _smoothed(surface: Surface, points: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    from scipy.sparse import coo_array, diags_array

    edges, _ = edge_uses(surface.faces)
    first, second = np.concatenate([edges, edges[:, ::-1]]).T
    n = len(surface)
    links = coo_array((np.ones(len(first)), (first, second)), (n, n)).tocsr()
    mean = diags_array(1 / np.asarray(links.sum(axis=1))) @ links
    for _ in range(rounds):
        points = points + STEP * (mean @ points - points)
    return points


def _normals(surface: Surface, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outward normals of the same triangles with their vertices elsewhere."""
    return replace(surface, vertices_um=points, inner_um=None, kind="unknown").normals()
