"""Learning where on the cortex a patch lies; one hemisphere teaches, the other one tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.surface import SIDES, Side, Surface
from brainseek.embedder.networks.embedding import EmbeddingNetwork
from brainseek.trainers import distributed as parallel
from brainseek.trainers.cortex.batches import (
    CortexBatches,
    CortexBatchSettings,
    Distances,
    InTurn,
    SameArea,
    SameVertex,
)
from brainseek.trainers.cortex.data import CortexData, PatchView, cortex_data
from brainseek.trainers.cortex.scores import distance_spearman
from brainseek.trainers.losses import build_loss
from brainseek.trainers.plates.evaluate import embed_pictures
from brainseek.trainers.recipe import CortexSettings, Recipe, build

Pictures = NDArray[np.uint8] | NDArray[np.float32]

TEST_SEED = 30_011
KEPT_MB = 600.0
"""Enough for the distances from all vertices of a hemisphere of 10 000."""


@dataclass(frozen=True)
class PlaceScore:
    """How embedding distance follows distance along the surface on the other hemisphere."""

    n: int
    spearman: float

    @property
    def error(self) -> float:
        """One minus Spearman's rho."""
        return 1.0 - self.spearman

    @property
    def said(self) -> str:
        """The correlation in words."""
        return f"Spearman {self.spearman:.3f}"


class CortexTask:
    """Patches of cortical vertices; places are rows of distances in µm.

    Parameters
    ----------
    recipe : Recipe
        One with ``cortex``.
    """

    def __init__(self, recipe: Recipe) -> None:
        assert recipe.cortex is not None
        self.recipe, self.settings = recipe, recipe.cortex
        if self.settings.train not in SIDES:
            raise BrainseekError(
                f"the hemisphere {self.settings.train!r} is not known; train left or right."
            )
        left_teaches = self.settings.train == "left"
        self.teaching, self.testing = SIDES if left_teaches else SIDES[::-1]
        names, view = (self.settings.data, *self.settings.also), patch_view(self.settings)
        self.taught = [cortex_data(name, view) for name in names]
        self.data = self.taught[0]
        self.loss = build_loss(recipe.loss)
        self.distances = [pair_distances(self.settings, data.surface) for data in self.taught]

    def batches(self, steps: range, seed: Sequence[int]) -> Dataset[tuple[Tensor, Tensor]]:
        """Batches of the given steps, all of the hemisphere that teaches, the brains in turn."""
        taught = zip(self.taught, self.distances, strict=True)
        return InTurn([self._batches_of(*one, steps, seed[0]) for one in taught])

    def _batches_of(
        self, data: CortexData, distances: Distances, steps: range, seed: int
    ) -> CortexBatches:
        settings, surface = self.settings, data.surface
        rank, world = parallel.start()
        return CortexBatches(
            CortexBatchSettings(settings.places, settings.views),
            surface,
            data.source,
            distances,
            build(data.augmentation, dict(self.recipe.augmentation), "augmentation"),
            settings.side_px,
            steps,
            seed,
            rank,
            world,
            surface.side(self.teaching),
        )

    def validate(self, network: EmbeddingNetwork) -> dict[str, PlaceScore]:
        """Spearman's rho on places of the hemisphere that was not trained on."""
        network.eval()
        pictures, distances = self._test
        vectors = embed_pictures(network, pictures)
        rho = distance_spearman(vectors, distances)
        return {"other hemisphere": PlaceScore(len(vectors), rho)}

    @cached_property
    def _test(self) -> tuple[Pictures, NDArray[np.float32]]:
        """Pictures of places of the other hemisphere, and their mutual distances in µm."""
        vertices = place_sample(self.data, self.testing, self.settings.validate, TEST_SEED)
        pictures = place_pictures(self.data, vertices, TEST_SEED)
        return pictures, kept_geodesics(self.data.surface).between(vertices, vertices)


def patch_view(settings: CortexSettings) -> PatchView:
    """Return what the pictures of a recipe show."""
    return PatchView(settings.side_px, settings.pixel_um, settings.turn_deg, settings.planes)


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
    from brainseek.catalog.surfaces.vertex_labels import RIGHT_OFFSET, vertex_labels

    if labels == "schaefer400":
        raise BrainseekError(
            "the parcels of schaefer400 are not the same ones left and right; choose other labels."
        )
    ids = vertex_labels(surface.name, labels).ids % RIGHT_OFFSET
    return np.where(ids % hold_out == 0, 0, ids).astype(np.int32) if hold_out else ids


@dataclass(frozen=True, eq=False)
class StraightDistances:
    """Distance through space, infinite between the hemispheres: an ablation.

    Attributes
    ----------
    surface : Surface
    """

    surface: Surface

    def __call__(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
        places, side = self.surface.vertices_um, self.surface.hemisphere
        apart = np.linalg.norm(places[first][:, None] - places[second][None], axis=2)
        apart[side[first][:, None] != side[second][None]] = np.inf
        return apart.astype(np.float32)


def place_sample(data: CortexData, side: Side, count: int, seed: int) -> NDArray[np.int64]:
    """Draw different vertices of a hemisphere, evenly by area; fewer where there are fewer."""
    rng = np.random.default_rng(seed)
    mask = data.surface.side(side) & data.source.usable
    drawn = data.surface.sample(4 * count, rng, mask)
    _, first = np.unique(drawn, return_index=True)
    return drawn[np.sort(first)][:count]


def place_pictures(data: CortexData, vertices: NDArray[np.int64], seed: int) -> Pictures:
    """One picture of each vertex, stacked along the first axis, the same for the same seed."""
    random = (np.random.default_rng((seed, int(vertex))) for vertex in vertices)
    drawn = [data.source(int(v), rng) for v, rng in zip(vertices, random, strict=True)]
    pictures: Pictures = np.stack(drawn)  # type: ignore[assignment]
    return pictures
