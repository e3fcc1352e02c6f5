"""A map between two images: an affine map after a smooth displacement, without folds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Field = NDArray[np.float32]

_STEPS = 40
_STOP_PX = 1e-3

MIN_GROWTH = 0.15
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Warp:
    """Map of section pixels to target pixels: ``matrix @ (p + displacement(p), 1)``.

    Points are (row, column); pixel centres lie at integer coordinates. ``p`` is the place of a
    pixel after the section was reversed along ``reversed_axes``.

    Attributes
    ----------
    matrix : ndarray, (2, 3), float64
        Affine part, from section pixels to target pixels.
    displacement : ndarray, (rows, columns, 2), float32, or None
        Displacement (row, column) in section pixels on a coarse grid that covers the section's
        image edge to edge; linear between its nodes, constant beyond them. None: affine only.
    shape : (int, int)
        Rows and columns of the section's image.
    reversed_axes : tuple of int
        Axes (0 rows, 1 columns) along which the section was reversed before it was aligned,
        because it lies mirrored or upside down.
    """

    matrix: Points
    displacement: Field | None
    shape: tuple[int, int]
    reversed_axes: tuple[int, ...] = ()

    def flipped(self, axes: tuple[int, ...]) -> Warp:
        """Return the map of the same section with its image reversed along some axes."""
        return replace(self, reversed_axes=tuple(sorted({*self.reversed_axes} ^ {*axes})))

    def forward(self, points: Points) -> Points:
        """Map section pixels, (n, 2), to target pixels, (n, 2)."""
        points = self._reversed(points)
        moved = points + self.displacement_at(points)
        return moved @ self.matrix[:, :2].T + self.matrix[:, 2]

    def backward(self, points: Points) -> Points:
        """Map target pixels, (n, 2), to section pixels, (n, 2), by Newton's iteration."""
        wanted = (points - self.matrix[:, 2]) @ np.linalg.inv(self.matrix[:, :2]).T
        if self.displacement is None or not len(wanted):
            return self._reversed(wanted)
        found = wanted - self.displacement_at(wanted)
        for _ in range(_STEPS):
            missing = wanted - found - self.displacement_at(found)
            if np.abs(missing).max() < _STOP_PX:
                break
            found = found + _solve(self._jacobian_at(found), missing)
        return self._reversed(found)

    def displacement_at(self, points: Points) -> Points:
        """Displacement (row, column) at places ``p``, (n, 2), in section pixels."""
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
        found = [
            row * rows + column * columns + shift
            for row, column, shift in self.matrix.astype(np.float32)
        ]
        if self.reversed_axes:
            found = [np.ascontiguousarray(np.flip(one, self.reversed_axes)) for one in found]
        return found[0], found[1]

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

    def _reversed(self, points: Points) -> Points:
        if not self.reversed_axes:
            return points
        found = points.copy()
        for axis in self.reversed_axes:
            found[:, axis] = self.shape[axis] - 1 - points[:, axis]
        return found

    def _jacobian_at(self, points: Points) -> Points:
        flat = self.jacobian.reshape(*self.jacobian.shape[:2], 4).astype(np.float32)
        return _sample(flat, self._nodes(points)).reshape(-1, 2, 2)

    def _nodes(self, points: Points) -> Points:
        assert self.displacement is not None
        step = np.array(self.shape) / np.array(self.displacement.shape[:2])
        return (points + 0.5) / step - 0.5


def unfolded(
    displacement: NDArray[np.float32], shape: tuple[int, int], sigma: float
) -> NDArray[np.float32]:
    """Smooth a field where its map shrinks area below 15 % or folds, until it does so nowhere.

    Parameters
    ----------
    displacement : ndarray, (rows, columns, 2), float32
        As in `Warp`.
    shape : (int, int)
        Rows and columns of the section's image.
    sigma : float
        Width of the smoothing in nodes of the field.

    Returns
    -------
    ndarray, (rows, columns, 2), float32
        The field, smoothed around its folds and untouched elsewhere. Folds that resist are
        smoothed everywhere; in the end the field is damped as a whole, so none can stay.
    """
    identity = np.column_stack([np.eye(2), np.zeros(2)])
    for round_ in range(_ROUNDS):
        low = (Warp(identity, displacement, shape).growth < MIN_GROWTH).astype(np.float32)
        if not low.any():
            return displacement
        smooth = np.asarray(
            cv2.GaussianBlur(displacement, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        )
        if round_ >= _ROUNDS // 2:
            displacement = np.float32(0.9) * smooth
            continue
        reach = cv2.dilate(low, np.ones((3, 3), np.uint8), iterations=max(1, round(sigma)))
        weight = np.asarray(cv2.GaussianBlur(reach, (0, 0), sigma))[..., None]
        displacement = displacement + weight * (smooth - displacement)
    return np.zeros_like(displacement)


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
