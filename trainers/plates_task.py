"""Learning which plate of an atlas a section shows."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.atlas import load_atlas
from embedder.networks import EmbeddingNetwork
from trainers.augment import build_augmentation
from trainers.data import Batches, CutSource, base_side, plate_pictures, section_pictures
from trainers.evaluate import RankScore, validate
from trainers.losses import build_loss
from trainers.recipe import Recipe
from trainers.validation import validation_sets


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
