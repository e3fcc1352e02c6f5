"""Three ways to measure along one connected mesh, from one vertex to all."""

from importlib.util import find_spec
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.mesh import edge_uses
from brainseek.catalog.surfaces.surface import Surface

INSTALL_HEAT = 'pip install "brainseek[surface]"'
INSTALL_EXACT = 'pip install "brainseek[peers]"'
TIME = 0.3
"""Time of the diffusion in the heat method, in squared mean edge lengths."""
LARGEST_REACH = 280.0
"""Most lengths of diffusion (square roots of its time) along the diagonal of a mesh."""


class Engine(Protocol):
    """Distances on one connected mesh.

    Parameters
    ----------
    vertices : ndarray of float64, (n, 3)
    faces : ndarray of int32, (m, 3)
    """

    remark: ClassVar[str]

    def __init__(self, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> None: ...

    @classmethod
    def check(cls, surface: Surface) -> None:
        """Refuse with a `BrainseekError` what this machine or this surface can't do."""

    def distances(self, source: int) -> NDArray[np.float64]:
        """Return the distance from a vertex to all, (n,), in the unit of the vertices."""


class Heat:
    """The heat method with a robust Laplacian, by potpourri3d."""

    remark: ClassVar[str] = (
        "Distances are those of the heat method, on a coarse mesh a few percent off."
    )

    def __init__(self, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> None:
        import potpourri3d

        try:
            self._solver = potpourri3d.MeshHeatMethodDistanceSolver(
                vertices, faces, t_coef=self.time_of(vertices, faces)
            )
        except RuntimeError as error:  # geometry-central's own
            raise BrainseekError(
                f"the heat method can't be set up on this mesh ({' '.join(str(error).split())}); "
                'repair it or use method="graph".'
            ) from error

    @classmethod
    def time_of(cls, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> float:
        """Return the time of diffusion in squared mean edge lengths.

        The paper's 1 smooths the folds of a coarse cortex away, so that distances become too long;
        `TIME` is better there. On a fine mesh so short a time leaves too little heat at the far
        side for its direction to be computed, hence `LARGEST_REACH`.
        `benchmarks.cortex.engine` measures this beside the paper's time.
        """
        edges, _ = edge_uses(faces)
        edge = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1).mean()
        diagonal = np.linalg.norm(np.ptp(vertices, axis=0))
        return max(TIME, float(diagonal / (LARGEST_REACH * edge)) ** 2)

    @classmethod
    def check(cls, surface: Surface) -> None:
        """Refuse where potpourri3d is not installed."""
        _require(
            "potpourri3d",
            f"the heat method on {surface.name}",
            f'{INSTALL_HEAT}, or choose method="graph" for shortest paths along edges',
        )

    def distances(self, source: int) -> NDArray[np.float64]:
        """Return the distance from a vertex to all, (n,)."""
        return np.asarray(self._solver.compute_distance(source), np.float64)


class Exact:
    """The exact distance on the polyhedron, by pygeodesic."""

    remark: ClassVar[str] = "Distances are exact on the triangles of the mesh."

    def __init__(self, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> None:
        from pygeodesic.geodesic import PyGeodesicAlgorithmExact

        self._solver = PyGeodesicAlgorithmExact(vertices, faces)

    @classmethod
    def check(cls, surface: Surface) -> None:
        """Refuse where pygeodesic is not installed, and meshes that make it crash."""
        _require(
            "pygeodesic",
            f"the exact method on {surface.name}",
            f'{INSTALL_EXACT}, or choose method="heat"',
        )
        pinched = int((edge_uses(surface.faces)[1] > 2).sum())
        if pinched:
            raise BrainseekError(
                f"{pinched} edges of {surface.name} belong to more than two triangles, for which "
                'exact distances are not defined; choose method="heat".'
            )

    def distances(self, source: int) -> NDArray[np.float64]:
        """Return the distance from a vertex to all, (n,)."""
        found, _ = self._solver.geodesicDistances([source], None)
        return np.asarray(found, np.float64)


class Graph:
    """The shortest path along edges, by Dijkstra's algorithm in SciPy."""

    remark: ClassVar[str] = (
        "Distances are shortest paths along edges, which are never shorter than the way over the "
        "triangles and mostly longer."
    )

    def __init__(self, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> None:
        from scipy.sparse import coo_array

        edges, _ = edge_uses(faces)
        first, second = edges.T
        length = np.linalg.norm(vertices[first] - vertices[second], axis=1)
        n = len(vertices)
        self._graph = coo_array((length, (first, second)), (n, n)).tocsr()

    @classmethod
    def check(cls, surface: Surface) -> None:
        """Take every surface."""

    def distances(self, source: int) -> NDArray[np.float64]:
        """Return the distance from a vertex to all, (n,)."""
        from scipy.sparse.csgraph import dijkstra

        return np.asarray(dijkstra(self._graph, directed=False, indices=source))


def _require(package: str, what: str, remedy: str) -> None:
    if find_spec(package) is None:
        raise BrainseekError(f"{what} needs {package}, which is not installed; run {remedy}.")


ENGINES: dict[str, type[Engine]] = {"heat": Heat, "exact": Exact, "graph": Graph}
"""What measures, by the name of the method."""
