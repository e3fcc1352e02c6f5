"""Learning where on the cortex a patch lies; one hemisphere teaches, the other one tests."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.surface import SIDES
from brainseek.embedder.networks.embedding import EmbeddingNetwork, build_network
from brainseek.trainers import distributed as parallel
from brainseek.trainers.cortex.batches import CortexBatches, CortexBatchSettings, InTurn
from brainseek.trainers.cortex.data import CortexData, cortex_data
from brainseek.trainers.cortex.distances import Distances, kept_geodesics, pair_distances
from brainseek.trainers.cortex.scores import CortexScore, distance_spearman
from brainseek.trainers.cortex.sources import Pictures
from brainseek.trainers.embed import embed_pictures
from brainseek.trainers.losses.registry import build_loss
from brainseek.trainers.recipe import Recipe
from brainseek.trainers.settings import build

TEST_SEED = 30_011


class CortexTask:
    """Patches of cortical vertices; places are rows of distances in µm.

    Parameters
    ----------
    recipe : Recipe
        One of the task ``cortex``.
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
        names = (self.settings.data, *self.settings.also)
        self.taught = [cortex_data(name, self.settings) for name in names]
        self.data = self.taught[0]
        self.loss = build_loss(recipe.loss)
        self.distances = [pair_distances(self.settings, data.surface) for data in self.taught]

    @staticmethod
    def network(recipe: Recipe) -> EmbeddingNetwork:
        """Return the untrained network of a recipe."""
        return build_network(
            recipe.network.trunk, recipe.network.dim, pretrained=recipe.network.pretrained
        )

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

    def validate(self, network: EmbeddingNetwork) -> dict[str, CortexScore]:
        """Spearman's rho on places of the hemisphere that was not trained on."""
        network.eval()
        pictures, distances = self._test
        vectors = embed_pictures(network, pictures)
        rho = distance_spearman(vectors, distances)
        return {"other hemisphere": CortexScore(len(vectors), rho)}

    @cached_property
    def _test(self) -> tuple[Pictures, NDArray[np.float32]]:
        """Pictures of places of the other hemisphere, and their mutual distances in µm."""
        vertices = self.data.sample(self.testing, self.settings.validate, TEST_SEED)
        pictures = self.data.pictures(vertices, TEST_SEED)
        return pictures, kept_geodesics(self.data.surface).between(vertices, vertices)
