"""What makes two places on a cortex alike: their distance along the surface, or something else."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.surfaces.vertex_labels import RIGHT_OFFSET, vertex_labels
from brainseek.trainers.recipe import CortexSettings

Distances = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
"""From vertices (k,) and (l,) to µm (k, l), infinity for pairs that are never positive.

`catalog.surfaces.geodesics.Geodesics.between` is one; `SameArea` and `SameVertex` are the others.
"""
KEPT_MB = 600.0
"""Enough for the distances from all vertices of a hemisphere of 10 000."""


@lru_cache(maxsize=2)
def kept_geodesics(surface: Surface) -> Geodesics:
    """Return distances along a surface, kept for all trainings and scores of this process."""
    return Geodesics(surface, cache_mb=KEPT_MB)


def pair_distances(settings: CortexSettings, surface: Surface) -> Distances:
    """Return what makes two places alike to the loss.

    Raises
    ------
    BrainseekError
        When ``pairs`` is unknown, or ``areas`` has no labels.
    """
    if settings.pairs == "geodesic":
        return kept_geodesics(surface).between
    if settings.pairs == "straight":
        return StraightDistances(surface)
    if settings.pairs == "views":
        return SameVertex()
    if settings.pairs == "areas" and settings.labels is not None:
        return SameArea(area_labels(surface, settings.labels, settings.hold_out))
    raise BrainseekError(
        f"pairs {settings.pairs!r} can't be made; choose geodesic, straight, views, or areas with "
        "labels."
    )


def area_labels(surface: Surface, labels: str, hold_out: int = 0) -> NDArray[np.int32]:
    """Area of every vertex, (n,), the same number in both hemispheres; 0 is unknown.

    Parameters
    ----------
    surface : Surface
    labels : str
        As in `brainseek.catalog.surfaces.vertex_labels.vertex_labels`.
    hold_out : int
        Set areas to 0 whose number is a multiple of this; 0 keeps all.

    Raises
    ------
    BrainseekError
        When the surface lacks these labels, or they differ between the hemispheres.
    """
    if labels == "schaefer400":
        raise BrainseekError(
            "the parcels of schaefer400 are not the same ones left and right; choose other labels."
        )
    ids = vertex_labels(surface.name, labels).ids % RIGHT_OFFSET
    return np.where(ids % hold_out == 0, 0, ids).astype(np.int32) if hold_out else ids


@dataclass(frozen=True, eq=False)
class StraightDistances:
    """Distance through space, infinite between the hemispheres: an ablation."""

    surface: Surface

    def __call__(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
        places, side = self.surface.vertices_um, self.surface.hemisphere
        apart = np.linalg.norm(places[first][:, None] - places[second][None], axis=2)
        apart[side[first][:, None] != side[second][None]] = np.inf
        return apart.astype(np.float32)


@dataclass(frozen=True)
class SameVertex:
    """Distance 0 between views of one vertex, infinity otherwise: the loss becomes SimCLR's."""

    def __call__(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
        same = first[:, None] == second[None, :]
        return np.where(same, np.float32(0), np.float32(np.inf))


@dataclass(frozen=True, eq=False)
class SameArea:
    """Distance 0 within an area, infinity otherwise: the loss becomes supervised contrastive.

    Attributes
    ----------
    labels : ndarray, (n,), int
        Area of every vertex; a vertex with 0, unknown, is positive to itself only.
    """

    labels: NDArray[np.int32]

    def __call__(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
        mine, other = self.labels[first][:, None], self.labels[second][None, :]
        same = ((mine == other) & (mine != 0)) | (first[:, None] == second[None, :])
        return np.where(same, np.float32(0), np.float32(np.inf))
