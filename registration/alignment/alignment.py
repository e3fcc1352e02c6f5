"""A section aligned to a plate or plane: the map in both directions, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.alignment.section_flip import Axes, flip_section
from brainseek.registration.alignment.warp import Warp

Points = NDArray[np.float64]
Vector = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Target:
    """What a section is aligned to.

    Attributes
    ----------
    atlas : str
        Name of the atlas.
    plate : int or None
        Number of the plate; None for a cut through the atlas' volume.
    plane : Plane
        Plane of the image in atlas µm.
    image : ndarray, (height, width), uint8 or float32
    labels : ndarray, (height, width), int32
        Structure ids, 0 = none.
    pixel_size_um : float
        Width of a pixel in atlas µm.
    """

    atlas: str
    plate: int | None
    plane: Plane
    image: NDArray[np.generic]
    labels: NDArray[np.int32]
    pixel_size_um: float

    def to_atlas_um(self, points: Points) -> Points:
        """Map target pixels (n, 2) as (row, column) to atlas µm (n, 3)."""
        height, width = self.image.shape[:2]
        s, t = (points[:, 1] + 0.5) / width, (points[:, 0] + 0.5) / height
        o, u, v = (np.asarray(vector, float) for vector in _vectors(self.plane))
        return o + s[:, None] * u + t[:, None] * v

    def from_atlas_um(self, points: Points) -> tuple[Points, Points]:
        """Map atlas µm (n, 3) to target pixels (n, 2) and signed distance from the plane (n,)."""
        height, width = self.image.shape[:2]
        o, u, v = (np.asarray(vector, float) for vector in _vectors(self.plane))
        normal = np.cross(u, v)
        normal /= np.linalg.norm(normal)
        solved = np.linalg.solve(np.stack([u, v, normal], axis=1), (points - o).T).T
        pixels = np.stack([solved[:, 1] * height - 0.5, solved[:, 0] * width - 0.5], axis=1)
        return pixels, solved[:, 2]


@dataclass(frozen=True)
class Quality:
    """How good an alignment looks.

    Attributes
    ----------
    similarity : float
        Mean cosine similarity of the encoder's features of section and warped target over the
        section's tissue, -1 to 1; see `brainseek.registration.alignment.feature_map.likeness`.
    tissue_overlap : float
        Dice of the tissue of the section and of the warped target.
    folding : float
        Share of the section's tissue where the Jacobian determinant is 0 or less.
    trusted : bool
        False when one of the three is worse than is usual for a right plate.
    warning : str or None
        What is wrong, when not trusted.
    """

    similarity: float
    tissue_overlap: float
    folding: float
    trusted: bool
    warning: str | None


@dataclass(frozen=True, eq=False)
class Alignment:
    """The map from a section to a target. Made by `brainseek.registration.alignment.align.align`.

    Attributes
    ----------
    section : Section
    target : Target
    warp : Warp
        From section pixels to target pixels.
    quality : Quality
    seconds : float
        Wall time of the alignment.
    method : str
        ``"affine"`` or ``"affine+bspline"``.
    versions : dict
        Versions of the libraries that made it.
    """

    section: Section
    target: Target
    warp: Warp
    quality: Quality
    seconds: float
    method: str
    versions: dict[str, str]

    def to_target(self, points: NDArray[np.generic]) -> Points:
        """Map section pixels (n, 2), (row, column), to target pixels (n, 2)."""
        return self.warp.forward(_checked(points, 2))

    def to_section(self, points: NDArray[np.generic]) -> Points:
        """Map target pixels (n, 2), (row, column), to section pixels (n, 2)."""
        return self.warp.backward(_checked(points, 2))

    def to_atlas_um(self, points: NDArray[np.generic]) -> Points:
        """Map section pixels (n, 2) to atlas µm (n, 3), in the order of the space's axes."""
        return self.target.to_atlas_um(self.to_target(points))

    def from_atlas_um(self, points: NDArray[np.generic]) -> tuple[Points, Points]:
        """Map atlas µm (n, 3) to section pixels (n, 2), with the distance from the plane.

        Returns
        -------
        pixels : ndarray, (n, 2)
            Section pixels of the foot of the perpendicular on the plane.
        distance_um : ndarray, (n,)
            Signed distance from the plane in µm, positive along u × v.
        """
        pixels, distance_um = self.target.from_atlas_um(_checked(points, 3))
        return self.warp.backward(pixels), distance_um

    def flipped(self, axes: Axes) -> Alignment:
        """Return the alignment of the same section with its image reversed along some axes."""
        return replace(self, section=flip_section(self.section, axes), warp=self.warp.flipped(axes))

    def labels(self) -> NDArray[np.int32]:
        """Structure ids of the section's pixels, int32 (height, width), nearest label."""
        rows, columns = self.warp.dense()
        row, column = np.rint(rows).astype(np.int64), np.rint(columns).astype(np.int64)
        height, width = self.target.labels.shape
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        found = np.zeros(row.shape, np.int32)
        found[inside] = self.target.labels[row[inside], column[inside]]
        return found

    def warp_to_section(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """Warp an image of the target, e.g. its picture, onto the section's pixels (linear)."""
        shape = self.target.image.shape[:2]
        if image.shape[:2] != shape:
            raise BrainseekError(
                f"an image of shape {image.shape[:2]} is not on the target's pixels; it must be "
                f"{shape}."
            )
        rows, columns = self.warp.dense()
        return np.asarray(cv2.remap(_plain(image), columns, rows, cv2.INTER_LINEAR))

    def warp_to_target(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """Warp an image of the section onto the target's pixels (linear)."""
        shape = self.section.image.shape[:2]
        if image.shape[:2] != shape:
            raise BrainseekError(
                f"an image of shape {image.shape[:2]} is not on the section's pixels; it must be "
                f"{shape}."
            )
        rows, columns = self._section_pixels
        return np.asarray(cv2.remap(_plain(image), columns, rows, cv2.INTER_LINEAR))

    @cached_property
    def plane(self) -> Plane:
        """Plane of the section's image: least squares over a grid of its pixels.

        It is flat and linear, so it can't hold the non-linear part of the map.
        """
        height, width = self.section.image.shape[:2]
        rows = np.linspace(0, height - 1, 24)
        columns = np.linspace(0, width - 1, 24)
        pixels = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
        design = np.column_stack(
            [np.ones(len(pixels)), (pixels[:, 1] + 0.5) / width, (pixels[:, 0] + 0.5) / height]
        )
        found = np.linalg.lstsq(design, self.to_atlas_um(pixels), rcond=None)[0]
        o, u, v = (_vector(row) for row in found)
        return Plane(o, u, v)

    @cached_property
    def _section_pixels(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Section row and column of every pixel of the target, by the inverse of a coarse grid."""
        height, width = self.target.image.shape[:2]
        rows = np.linspace(0, height - 1, max(2, height // 4))
        columns = np.linspace(0, width - 1, max(2, width // 4))
        grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
        found = self.warp.backward(grid.reshape(-1, 2)).reshape(grid.shape).astype(np.float32)
        at_rows = np.arange(height, dtype=np.float32) * (len(rows) - 1) / max(height - 1, 1)
        at_columns = np.arange(width, dtype=np.float32) * (len(columns) - 1) / max(width - 1, 1)
        map_columns, map_rows = np.meshgrid(at_columns, at_rows)
        fine = cv2.remap(found, map_columns, map_rows, cv2.INTER_LINEAR)
        return np.asarray(fine[..., 0]), np.asarray(fine[..., 1])


def _vectors(plane: Plane) -> tuple[Vector, Vector, Vector]:
    return plane.o, plane.u, plane.v


def _vector(values: Points) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _plain(image: NDArray[np.generic]) -> NDArray[np.floating | np.integer]:
    """Return an image of a type that OpenCV can warp."""
    if image.dtype == np.uint8 or image.dtype == np.uint16:
        return np.asarray(image, image.dtype)
    return image.astype(np.float32)


def _checked(points: NDArray[np.generic], size: int) -> Points:
    found = np.asarray(points, np.float64)
    if found.ndim != 2 or found.shape[1] != size or not np.isfinite(found).all():
        raise BrainseekError(
            f"points of shape {found.shape} can't be mapped; give finite numbers (n, {size})."
        )
    return found
