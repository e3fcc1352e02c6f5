"""What is wrong with a mesh, in one sentence."""

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.mesh import connected_parts, directed_edges, edge_uses

LEAST_EXTENT_UM, LARGEST_EXTENT_UM = 1_000.0, 1_000_000.0
"""A surface is between 1 mm and 1 m long."""


def check_mesh(name: str, vertices_um: NDArray[np.float64], faces: NDArray[np.int32]) -> None:
    """Refuse arrays that are no mesh.

    Parameters
    ----------
    name : str
        What to call it.
    vertices_um : ndarray, (n, 3)
        In µm.
    faces : ndarray of integers, (m, 3)

    Raises
    ------
    BrainseekError
        See `brainseek.catalog.surfaces.surface.Surface`.
    """
    vertices, faces = np.asarray(vertices_um), np.asarray(faces)
    if vertices.ndim != 2 or vertices.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
        raise BrainseekError(
            f"{name} has vertices of shape {vertices.shape} and faces of shape {faces.shape}; "
            "give (n, 3) and (m, 3)."
        )
    if not len(faces) or faces.dtype.kind not in "iu" or not np.isfinite(vertices).all():
        raise BrainseekError(
            f"{name} has {len(faces)} triangles of {faces.dtype} and vertices that must be finite; "
            "give at least one triangle of whole numbers and no NaN."
        )
    n = len(vertices)
    if faces.min() < 0 or faces.max() >= n:
        raise BrainseekError(
            f"a triangle of {name} names vertex {faces.min() if faces.min() < 0 else faces.max()}, "
            f"but there are {n}; number them from 0."
        )
    if (np.diff(np.sort(faces, axis=1), axis=1) == 0).any():
        raise BrainseekError(f"a triangle of {name} names a vertex twice; remove such triangles.")
    loose = np.setdiff1d(np.arange(n), faces)
    if len(loose):
        raise BrainseekError(
            f"{len(loose)} vertices of {name} belong to no triangle, first {loose[0]}; remove "
            "unreferenced vertices."
        )
    same = n - len(np.unique(vertices, axis=0))
    if same:
        raise BrainseekError(
            f"{same} vertices of {name} lie exactly where another lies, so the surface is torn "
            "there; merge duplicate vertices."
        )
    extent = float(np.ptp(vertices, axis=0).max())
    if not LEAST_EXTENT_UM <= extent <= LARGEST_EXTENT_UM:
        raise BrainseekError(
            f"{name} is {extent:.4g} µm long, which no brain is (1 mm to 1 m); its unit was mixed "
            "up, so check mm against µm."
        )


def check_closed(
    name: str, faces: NDArray[np.int32], hemisphere: NDArray[np.int8], n_vertices: int
) -> None:
    """Refuse a mesh with holes, pinched edges, turned triangles or several parts in a hemisphere.

    Raises
    ------
    BrainseekError
        Naming the first of these.
    """
    part = connected_parts(faces, n_vertices)
    for number, side in enumerate(("left", "right")):
        _, sizes = np.unique(part[hemisphere == number], return_counts=True)
        if len(sizes) > 1:
            listed = ", ".join(str(size) for size in sorted(sizes, reverse=True)[:4])
            raise BrainseekError(
                f"the {side} hemisphere of {name} has {len(sizes)} components (of {listed} "
                "vertices); keep the largest, name two hemispheres, or load it with closed=False."
            )
    edges, uses = edge_uses(faces)
    if (uses == 1).any():
        a, b = edges[np.argmax(uses == 1)]
        raise BrainseekError(
            f"{name} has holes: {int((uses == 1).sum())} edges belong to one triangle only, first "
            f"between vertices {a} and {b}; fill them, or load it with closed=False."
        )
    if (uses > 2).any():
        a, b = edges[np.argmax(uses > 2)]
        raise BrainseekError(
            f"{int((uses > 2).sum())} edges of {name} belong to more than two triangles, first "
            f"between vertices {a} and {b}; repair the mesh, or load it with closed=False."
        )
    _, twice = np.unique(directed_edges(faces), axis=0, return_counts=True)
    if (twice > 1).any():
        raise BrainseekError(
            f"neighbouring triangles of {name} run in opposite senses at {int((twice > 1).sum())} "
            "edges; orient all faces alike, or load it with closed=False."
        )
