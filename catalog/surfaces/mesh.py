"""Triangle meshes as arrays: edges, connected parts, areas."""

import numpy as np
from numpy.typing import NDArray


def edge_uses(faces: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every edge once and by how many triangles it is used.

    Returns
    -------
    edges : ndarray of int64, (e, 2)
        Vertices of each edge, the smaller first.
    uses : ndarray of int64, (e,)
        1 at the rim of a hole, 2 inside, more where sheets are pinched together.
    """
    edges, uses = np.unique(np.sort(directed_edges(faces), axis=1), axis=0, return_counts=True)
    return edges, uses


def directed_edges(faces: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the three edges of every triangle as it walks them, (3 m, 2)."""
    return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)


def connected_parts(faces: NDArray[np.int32], n_vertices: int) -> NDArray[np.int32]:
    """Number the connected parts of a mesh; returns the part of each vertex, (n_vertices,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = directed_edges(faces).T
    links = coo_array((np.ones(len(first), bool), (first, second)), (n_vertices, n_vertices))
    _, part = connected_components(links.tocsr(), directed=False)
    return np.asarray(part, np.int32)


def face_normals(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the normal of every triangle, (m, 3); its length is twice the triangle's area.

    It points to where the vertices are seen counter-clockwise.
    """
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a)


def sum_at_vertices(
    values: NDArray[np.float64], faces: NDArray[np.int32], n_vertices: int
) -> NDArray[np.float64]:
    """Add the value of every triangle, (m,), to each of its corners; returns (n_vertices,)."""
    summed = np.bincount(faces.ravel(), np.repeat(values, 3), n_vertices)
    return np.asarray(summed, np.float64)


def part_mesh(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], members: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the mesh of some vertices alone, numbered in the order of ``members``.

    Triangles with a corner elsewhere are left out.
    """
    place = np.full(len(vertices), -1, np.int32)
    place[members] = np.arange(len(members), dtype=np.int32)
    local = place[faces]
    return vertices[members], np.ascontiguousarray(local[(local >= 0).all(axis=1)])
