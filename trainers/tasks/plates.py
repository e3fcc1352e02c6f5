"""Learning which plate of an atlas a section shows."""

from __future__ import annotations

from collections.abc import Sequence

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.networks.embedding import EmbeddingNetwork
from brainseek.trainers.losses import build_loss
from brainseek.trainers.plates.augment import build_augmentation
from brainseek.trainers.plates.evaluate import RankScore, validate
from brainseek.trainers.plates.pictures import (
    Batches,
    CutSource,
    base_side,
    plate_pictures,
    section_pictures,
)
from brainseek.trainers.plates.validation import validation_sets
from brainseek.trainers.recipe import Recipe


class PlatesTask:
    """Plates, labelled sections and cuts of one atlas; places are positions in µm.

    Parameters
    ----------
    recipe : Recipe
        One with an atlas.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.atlas = load_atlas(recipe.atlas)
        self.loss = build_loss(recipe.loss)
        self.gallery, self.queries = validation_sets(recipe, self.atlas)

    def batches(self, steps: range, seed: Sequence[int]) -> Batches:
        """Batches of the given steps."""
        recipe = self.recipe
        side = base_side(recipe.preprocessing.size)
        plates = plate_pictures(self.atlas, recipe.preprocessing, side)
        sections = None
        if recipe.sections and recipe.batch.sections:
            sections = section_pictures(
                recipe.sections, "train", self.atlas, recipe.preprocessing, side
            )
        cuts = None
        if recipe.batch.cuts:
            cuts = CutSource(self.atlas, recipe.preprocessing, recipe.batch.tilt_deg, side)
        return Batches(
            recipe.batch,
            build_augmentation(recipe.augmentation),
            recipe.preprocessing.size,
            steps,
            seed,
            plates,
            sections,
            cuts,
        )

    def validate(self, network: EmbeddingNetwork) -> dict[str, RankScore]:
        """Ranks of the true plates by validation set."""
        return {name: validate(network, self.gallery, queries) for name, queries in self.queries}
