"""Maps between the pixels of two images, and from pixels to atlas coordinates.

Pixels are (row, column), 0-based, whole numbers at the centres of pixels. All maps take points
``(n, 2)`` and are arrays at heart, so that they can be stored beside the images.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Plane

Points = NDArray[np.float64]
PointMap = Callable[[NDArray[np.generic]], Points]

SMALLEST_DETERMINANT = 1e-6


@dataclass(frozen=True, eq=False)
class AffinePixels:
    """Pixels of one image to pixels of another by an affine map.

    Attributes
    ----------
    matrix : ndarray, (3, 3), float64
        Takes (row, column, 1); its last row is (0, 0, 1).

    Raises
    ------
    BrainseekError
        If the matrix has another shape or last row, is not finite, or is singular.
    """

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse what is no invertible affine map."""
        matrix = checked_matrix(self.matrix, "transform between two sections")
        if not np.allclose(matrix[2], (0, 0, 1)):
            raise BrainseekError(
                f"a transform between two sections has the last row {matrix[2].tolist()}; an "
                "affine map of (row, column, 1) needs [0, 0, 1] there."
            )
        object.__setattr__(self, "matrix", matrix)

    def __call__(self, points: NDArray[np.generic]) -> Points:
        """Map (n, 2) as (row, column) to (n, 2)."""
        return points_of(points) @ self.matrix[:2, :2].T + self.matrix[:2, 2]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what an npz file has to hold."""
        return {"matrix": self.matrix}


def resized(shape: tuple[int, int], other: tuple[int, int]) -> AffinePixels:
    """Return the map of pixels from one size (rows, columns) of an image to another size of it.

    Edges of pixels stay where they are: both sizes cover the same tissue.
    """
    down, right = (new / old for new, old in zip(other, shape, strict=True))
    return AffinePixels(
        np.array([[down, 0, down / 2 - 0.5], [0, right, right / 2 - 0.5], [0, 0, 1]])
    )


@dataclass(frozen=True, eq=False)
class AffineAtlas:
    """Pixels of an image to atlas coordinates by an affine map.

    Attributes
    ----------
    matrix : ndarray, (3, 3), float64
        Takes (row, column, 1) to the atlas' three coordinates in µm, for the mouse (AP, DV, ML).

    Raises
    ------
    BrainseekError
        If the matrix has another shape, is not finite, or maps the image onto a line.
    """

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse what puts no image into space."""
        matrix = np.asarray(self.matrix, np.float64)
        fine = matrix.shape == (3, 3) and bool(np.isfinite(matrix).all())
        if not fine or np.linalg.matrix_rank(matrix[:, :2]) < 2:
            raise BrainseekError(
                f"the map {matrix.tolist()} from pixels to an atlas spans no plane; give 3 x 3 "
                "finite numbers that take (row, column, 1) to µm."
            )
        object.__setattr__(self, "matrix", matrix)

    def __call__(self, points: NDArray[np.generic]) -> Points:
        """Map (n, 2) as (row, column) to (n, 3) in µm."""
        return points_of(points) @ self.matrix[:, :2].T + self.matrix[:, 2]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what an npz file has to hold."""
        return {"matrix": self.matrix}


def plane_map(plane: Plane, shape: tuple[int, int]) -> AffineAtlas:
    """Return the map of the pixels of an image (rows, columns) that fills a plane."""
    rows, columns = shape
    u, v = np.array(plane.u) / columns, np.array(plane.v) / rows
    return AffineAtlas(np.column_stack([v, u, np.array(plane.o) + 0.5 * u + 0.5 * v]))


@dataclass(frozen=True, eq=False)
class GridPixels:
    """A dense map: its values at a grid of pixels, bilinear between, linear beyond the edge.

    Attributes
    ----------
    grid : ndarray, (r, c, k), float32
        Where the pixel (i step_px, j step_px) goes: k = 2 (row, column) of another image, or
        k = 3 atlas coordinates in µm. At least 2 x 2 nodes.
    step_px : float
        Distance of the nodes in pixels.

    Raises
    ------
    BrainseekError
        If the grid has another shape, is not finite, or sends all pixels to one line.
    """

    grid: NDArray[np.float32]
    step_px: float

    def __post_init__(self) -> None:
        """Refuse grids that are no map."""
        grid = np.asarray(self.grid, np.float32)
        if grid.ndim != 3 or min(grid.shape[:2]) < 2 or grid.shape[2] not in (2, 3):
            raise BrainseekError(
                f"a grid of shape {grid.shape} is no map of pixels; give (r, c, 2) or (r, c, 3) "
                "with at least 2 x 2 nodes."
            )
        if not (np.isfinite(grid).all() and np.isfinite(self.step_px) and self.step_px > 0):
            raise BrainseekError(
                f"a grid of pixels with the step {self.step_px} holds numbers that are not finite "
                "or no positive step; correct them."
            )
        flat = grid.reshape(-1, grid.shape[2]).astype(np.float64)
        spread = np.linalg.svd(flat - flat.mean(0), compute_uv=False)
        if spread[1] <= SMALLEST_DETERMINANT * max(spread[0], 1.0):
            raise BrainseekError(
                f"a grid of shape {grid.shape} sends all pixels to one line, so the transform is "
                "singular; give one that keeps the area."
            )
        object.__setattr__(self, "grid", grid)

    def __call__(self, points: NDArray[np.generic]) -> Points:
        """Map (n, 2) as (row, column) to (n, k)."""
        at = points_of(points) / self.step_px
        corner = np.clip(np.floor(at), 0, np.array(self.grid.shape[:2]) - 2).astype(np.int64)
        down, right = (at - corner).T[:, :, None]
        i, j = corner.T
        grid = self.grid
        upper = grid[i, j] * (1 - right) + grid[i, j + 1] * right
        lower = grid[i + 1, j] * (1 - right) + grid[i + 1, j + 1] * right
        return np.asarray(upper * (1 - down) + lower * down, np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what an npz file has to hold."""
        return {"grid": self.grid, "step_px": np.array(self.step_px)}


PixelTransform = AffinePixels | GridPixels
AtlasMap = AffineAtlas | GridPixels


def grid_of(point_map: PointMap, shape: tuple[int, int], step_px: float) -> GridPixels:
    """Sample any map of points (n, 2) on the pixels of an image of ``shape`` (rows, columns)."""
    nodes = [np.arange(max(2, int(np.ceil((n - 1) / step_px)) + 1)) * step_px for n in shape]
    points = np.stack(np.meshgrid(*nodes, indexing="ij"), -1)
    values = np.asarray(point_map(points.reshape(-1, 2)), np.float32)
    return GridPixels(values.reshape(*points.shape[:2], -1), step_px)


def jacobian(transform: PixelTransform, points: NDArray[np.generic]) -> Points:
    """Return the derivative (n, 2, 2) at points (n, 2) by central differences of one pixel."""
    centres = points_of(points)
    steps = 0.5 * np.eye(2)
    columns = [transform(centres + step) - transform(centres - step) for step in steps]
    return np.stack(columns, axis=2)


def checked_matrix(values: NDArray[np.generic], what: str) -> NDArray[np.float64]:
    """Return a 3 x 3 matrix of finite numbers that is not singular."""
    matrix = np.asarray(values, np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        raise BrainseekError(
            f"a {what} of shape {matrix.shape} is no 3 x 3 matrix of finite numbers; correct it."
        )
    determinant = float(np.linalg.det(matrix[:2, :2]))
    if abs(determinant) < SMALLEST_DETERMINANT:
        raise BrainseekError(
            f"a {what} is singular (determinant {determinant:.3g}): it sends the section to a "
            "line; give one that can be inverted."
        )
    return matrix


def points_of(points: NDArray[np.generic]) -> Points:
    """Return points as float64 (n, 2)."""
    found = np.asarray(points, np.float64)
    if found.ndim != 2 or found.shape[1] != 2:
        raise BrainseekError(
            f"points of shape {found.shape} are no pixels; give (n, 2) as (row, column)."
        )
    return found
