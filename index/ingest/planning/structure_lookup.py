"""Which structure lies at a point of an atlas, from the labels of its plates."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.structures.tree import Structure

_SOURCES = {"mouse-nissl": "ccf"}
"""Annotation that fits the planes of the plates best, where it is not the atlas' default."""


class StructureLookup:
    """The labels of an atlas' plates as a lookup by position.

    A point takes the label of the plate that lies nearest, at the foot of its perpendicular, as
    long as the plate is no farther away than half the widest gap between plates; so a label is
    at most half a gap off along the cutting axis (1 mm in ``mni152``, about 50 µm in
    ``mouse-nissl``). Points in front of, behind or beside all plates have none.

    Parameters
    ----------
    atlas : Atlas
        Its plates need not be parallel.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        planes = [atlas.plane(plate.number) for plate in atlas.plates]
        self._o = np.array([plane.o for plane in planes])
        self._u = np.array([plane.u for plane in planes])
        self._v = np.array([plane.v for plane in planes])
        normals = np.cross(self._u, self._v)
        self._normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        centres = self._o + (self._u + self._v) / 2
        gaps = np.linalg.norm(np.diff(centres, axis=0), axis=1)
        self._reach_um = float(gaps.max(initial=0.0)) / 2 + 1e-6
        source = _SOURCES.get(atlas.name)
        self._labels = lru_cache(maxsize=8)(lambda number: atlas.annotation(number, source=source))

    @property
    def box_um(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner of all plates in µm, in the order of ``space_axes``."""
        corners = np.concatenate(
            [self._o, self._o + self._u, self._o + self._v, self._o + self._u + self._v]
        )
        return corners.min(0), corners.max(0)

    def at(self, points_um: NDArray[np.float64]) -> list[Structure | None]:
        """Return the structure at each point, None where there is none.

        Parameters
        ----------
        points_um : ndarray, (n, 3)
            Points in atlas µm, in the order of the atlas' ``space_axes``.
        """
        away = np.einsum("npk,pk->np", points_um[:, None] - self._o, self._normals)
        nearest = np.abs(away).argmin(axis=1)
        reached = np.abs(away[np.arange(len(away)), nearest]) <= self._reach_um
        found: list[Structure | None] = [None] * len(points_um)
        for plate in np.unique(nearest[reached]):
            which = np.flatnonzero(reached & (nearest == plate))
            labels = self._labels(self.atlas.plates[plate].number)
            # Fractions of width and height: least squares in the plane of the plate.
            edges = np.stack([self._u[plate], self._v[plate]], axis=1)
            offsets = (points_um[which] - self._o[plate]).T
            s, t = np.linalg.lstsq(edges, offsets, rcond=None)[0]
            row = np.floor(t * labels.shape[0]).astype(int)
            column = np.floor(s * labels.shape[1]).astype(int)
            inside = (row >= 0) & (row < labels.shape[0])
            inside &= (column >= 0) & (column < labels.shape[1])
            for place, label in zip(
                which[inside], labels[row[inside], column[inside]].tolist(), strict=True
            ):
                found[place] = self.atlas.structures[label] if label else None
        return found
