"""Places of both hemispheres and what embeddings of them are worth."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.cortex.scores import neighbour_f1, place_errors_um, probe_f1
from benchmarks.shared.vectors import unit
from brainseek.catalog.surfaces.surface import SIDES, Surface
from brainseek.trainers.cortex.data import CortexData
from brainseek.trainers.cortex.distances import area_labels, kept_geodesics
from brainseek.trainers.cortex.scores import distance_spearman
from brainseek.trainers.cortex.sources import Pictures

PLACE_COLUMNS = (
    "Spearman ≤ 60 mm", "place, best mm", "place, best of 5 mm", "best ≤ 10 mm",
    "best of 5 ≤ 10 mm",
)  # fmt: skip
AREA_COLUMNS = ("probe F1", "k-NN F1", "probe F1, held out", "k-NN F1, held out")
GALLERY_SEED, QUERY_SEED = 41, 42
NEAR_MM = 10.0
ROUNDS = 40
"""Of the fit of one hemisphere onto the other."""

Vectors = NDArray[np.float32]
Labels = NDArray[np.int32]
Numbers = dict[str, float]
"""Scores by column; those of areas by ``label set: column``."""


@dataclass(frozen=True, eq=False)
class Hemispheres:
    """Pictures, areas and distances of places on both sides.

    Attributes
    ----------
    data : CortexData
    labels : tuple of str
        Label sets that are scored; every ``hold_out``-th area of the first one is held out, and
        of the others the places that lie in these areas.
    hold_out : int
    places : int
        Drawn on each side.
    """

    data: CortexData
    labels: tuple[str, ...]
    hold_out: int
    places: int

    @cached_property
    def gallery(self) -> NDArray[np.int64]:
        """Vertices of the left hemisphere, which is trained on."""
        return self.data.sample("left", self.places, GALLERY_SEED)

    @cached_property
    def queries(self) -> NDArray[np.int64]:
        """Vertices of the right hemisphere."""
        return self.data.sample("right", self.places, QUERY_SEED)

    @cached_property
    def pictures(self) -> tuple[Pictures, Pictures]:
        """Pictures of the gallery and of the queries."""
        gallery = self.data.pictures(self.gallery, GALLERY_SEED)
        return gallery, self.data.pictures(self.queries, QUERY_SEED)

    @cached_property
    def within(self) -> NDArray[np.float32]:
        """Mutual distances of the queries along the surface, µm."""
        return kept_geodesics(self.data.surface).between(self.queries, self.queries)

    @cached_property
    def across(self) -> NDArray[np.float32]:
        """Distances from the mirrored place of each query to the gallery, µm."""
        return kept_geodesics(self.data.surface).between(self.mirrored, self.gallery)

    @cached_property
    def mirrored(self) -> NDArray[np.int64]:
        """Left vertices that mirror the queries."""
        return mirrored_places(self.data.surface, self.queries)

    @cached_property
    def same_area(self) -> float:
        """Share of queries whose mirrored place has the same area of the first label set."""
        ids = area_labels(self.data.surface, self.labels[0])
        here, there = ids[self.queries], ids[self.mirrored]
        known = (here > 0) & (there > 0)
        return float((here == there)[known].mean())

    def areas(self, labels: str) -> tuple[Labels, Labels]:
        """Areas of the gallery and of the queries."""
        ids = area_labels(self.data.surface, labels)
        return ids[self.gallery], ids[self.queries]

    def held_out(self, labels: str) -> tuple[Labels, Labels]:
        """Areas of the places in held-out areas of the first label set, 0 elsewhere."""
        first = area_labels(self.data.surface, self.labels[0])
        known = area_labels(self.data.surface, labels)
        ids = np.where((first > 0) & (first % self.hold_out == 0), known, 0).astype(np.int32)
        return ids[self.gallery], ids[self.queries]

    def scores(self, gallery: Vectors, queries: Vectors) -> Numbers:
        """Return the numbers of one encoder."""
        best, five = (place_errors_um(gallery, queries, self.across, n) / 1000 for n in (1, 5))
        rho = distance_spearman(unit(queries), self.within)
        near = (float((errors <= NEAR_MM).mean()) for errors in (best, five))
        medians = float(np.median(best)), float(np.median(five))
        numbers = dict(zip(PLACE_COLUMNS, (rho, *medians, *near), strict=True))
        for labels in self.labels:
            values = []
            for areas, truth in (self.areas(labels), self.held_out(labels)):
                values.append(probe_f1(gallery, areas, queries, truth))
                values.append(neighbour_f1(gallery, areas, queries, truth))
            named = zip(AREA_COLUMNS, values, strict=True)
            numbers |= {f"{labels}: {column}": value for column, value in named}
        return numbers


def mirrored_places(surface: Surface, vertices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the left vertices (k,) that mirror right ones.

    The right cortex is mirrored and laid on the left one by the affine map that brings every
    vertex nearest to the other side (iterated closest points, Besl and McKay 1992): brains are
    lopsided, and not all lie straight in their coordinates.

    Parameters
    ----------
    surface : Surface
    vertices : ndarray, (k,)
        Of the right hemisphere's cortex.
    """
    left, right = (surface.side(side) & surface.cortex for side in SIDES)
    here = surface.vertices_um[right] * (-1.0, 1.0, 1.0)
    shift = surface.vertices_um[left].mean(0) - here.mean(0)
    affine = np.vstack([np.eye(3), shift])
    for _ in range(ROUNDS):
        nearest, _ = surface.nearest(_moved(here, affine), np.inf, left)
        affine = np.linalg.lstsq(_with_one(here), surface.vertices_um[nearest], rcond=None)[0]
    turned = surface.vertices_um[vertices] * (-1.0, 1.0, 1.0)
    return surface.nearest(_moved(turned, affine), np.inf, left)[0]


def _with_one(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([points, np.ones(len(points))])


def _moved(points: NDArray[np.float64], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_with_one(points) @ affine)
