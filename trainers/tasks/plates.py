"""Learning which plate of an atlas a section shows."""

from collections.abc import Sequence

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.networks.embedding import EmbeddingNetwork, build_network
from brainseek.trainers.augmentations.registry import build_augmentation
from brainseek.trainers.embed import embed_pictures
from brainseek.trainers.losses.registry import build_loss
from brainseek.trainers.plates.batches import PlateBatches
from brainseek.trainers.plates.pictures import (
    CutSource,
    base_side,
    plate_pictures,
    section_pictures,
    validation_sets,
)
from brainseek.trainers.plates.scores import RankScore, rank_score
from brainseek.trainers.recipe import Recipe


class PlatesTask:
    """Plates, labelled sections and cuts of one atlas; places are positions in µm.

    Parameters
    ----------
    recipe : Recipe
        One of the task ``plates``.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.atlas = load_atlas(recipe.atlas)
        self.loss = build_loss(recipe.loss)
        self.gallery, self.queries = validation_sets(recipe, self.atlas)

    @staticmethod
    def network(recipe: Recipe) -> EmbeddingNetwork:
        """Return the untrained network of a recipe."""
        return build_network(
            recipe.network.trunk, recipe.network.dim, pretrained=recipe.network.pretrained
        )

    def batches(self, steps: range, seed: Sequence[int]) -> PlateBatches:
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
        return PlateBatches(
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
        network.eval()
        plates = embed_pictures(network, self.gallery.images)
        return {
            name: rank_score(
                embed_pictures(network, queries.images) @ plates.T,
                self.gallery.plates,
                queries.plates,
            )
            for name, queries in self.queries
        }
