"""A map between two images: an affine map after a smooth displacement, with its inverse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Field = NDArray[np.float32]

_STEPS = 40
_STOP_PX = 1e-3


@dataclass(frozen=True, eq=False)
class Warp:
    """Map of section pixels to target pixels: ``matrix @ (p + displacement(p), 1)``.

    Points are (row, column); pixel centres lie at integer coordinates.

    Attributes
    ----------
    matrix : ndarray, (2, 3), float64
        Affine part, from section pixels to target pixels.
    displacement : ndarray, (rows, columns, 2), float32, or None
        Displacement (row, column) in section pixels on a coarse grid that covers the section's
        image edge to edge; linear between its nodes, constant beyond them. None: affine only.
    shape : (int, int)
        Rows and columns of the section's image.
    """

    matrix: Points
    displacement: Field | None
    shape: tuple[int, int]

    def forward(self, points: Points) -> Points:
        """Map section pixels, (n, 2), to target pixels, (n, 2)."""
        moved = points + self.displacement_at(points)
        return moved @ self.matrix[:, :2].T + self.matrix[:, 2]

    def backward(self, points: Points) -> Points:
        """Map target pixels, (n, 2), to section pixels, (n, 2), by Newton's iteration."""
        wanted = (points - self.matrix[:, 2]) @ np.linalg.inv(self.matrix[:, :2]).T
        if self.displacement is None or not len(wanted):
            return wanted
        found = wanted - self.displacement_at(wanted)
        for _ in range(_STEPS):
            missing = wanted - found - self.displacement_at(found)
            if np.abs(missing).max() < _STOP_PX:
                break
            found = found + _solve(self._jacobian_at(found), missing)
        return found

    def displacement_at(self, points: Points) -> Points:
        """Displacement (row, column) at section pixels, (n, 2), in section pixels."""
        if self.displacement is None:
            return np.zeros(points.shape)
        return _sample(self.displacement, self._nodes(points))

    def dense(self) -> tuple[Field, Field]:
        """Target row and column of every pixel of the section, each (height, width) float32."""
        height, width = self.shape
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        if self.displacement is not None:
            fine = cv2.resize(self.displacement, (width, height), interpolation=cv2.INTER_LINEAR)
            rows, columns = rows + fine[..., 0], columns + fine[..., 1]
        m = self.matrix.astype(np.float32)
        return (
            m[0, 0] * rows + m[0, 1] * columns + m[0, 2],
            m[1, 0] * rows + m[1, 1] * columns + m[1, 2],
        )

    @cached_property
    def jacobian(self) -> Points:
        """Derivative of ``p + displacement(p)`` on the grid, (rows, columns, 2, 2)."""
        if self.displacement is None:
            return np.eye(2)[None, None]
        step = np.array(self.shape) / np.array(self.displacement.shape[:2])
        slopes = np.gradient(self.displacement.astype(np.float64), axis=(0, 1))
        by_row, by_column = (
            slope / size for slope, size in zip(slopes, step.tolist(), strict=True)
        )
        return np.eye(2) + np.stack([by_row, by_column], axis=-1)

    @cached_property
    def growth(self) -> Points:
        """Determinant of `jacobian`, (rows, columns): 0 or less where the map folds."""
        return np.asarray(np.linalg.det(self.jacobian))

    def _jacobian_at(self, points: Points) -> Points:
        flat = self.jacobian.reshape(*self.jacobian.shape[:2], 4).astype(np.float32)
        return _sample(flat, self._nodes(points)).reshape(-1, 2, 2)

    def _nodes(self, points: Points) -> Points:
        assert self.displacement is not None
        step = np.array(self.shape) / np.array(self.displacement.shape[:2])
        return (points + 0.5) / step - 0.5


def _solve(jacobian: Points, missing: Points) -> Points:
    """Newton steps (n, 2), kept short where the map is nearly singular."""
    determinant = np.linalg.det(jacobian)
    safe = np.where(determinant[:, None, None] > 0.1, jacobian, np.eye(2))
    return np.asarray(np.linalg.solve(safe, missing[..., None])[..., 0])


def _sample(field: Field, at: Points) -> Points:
    """Linear interpolation of a field (rows, columns, k) at (n, 2) nodes, edges extended."""
    from scipy.ndimage import map_coordinates

    return np.stack(
        [
            map_coordinates(channel, at.T, order=1, mode="nearest", output=np.float64)
            for channel in np.moveaxis(field, -1, 0)
        ],
        axis=-1,
    )
