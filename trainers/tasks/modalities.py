"""Learning to find the same tissue in another modality."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, all_centres, cut_pair
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.embedder.networks.two_tower import TwoTowerNetwork
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.trainers import distributed as parallel
from brainseek.trainers.augmentations.patch import PatchAugmentation
from brainseek.trainers.embed import embed_pictures
from brainseek.trainers.losses.registry import build_loss
from brainseek.trainers.pairs.batches import PairBatches
from brainseek.trainers.pairs.data import chosen_pairs
from brainseek.trainers.pairs.scores import PairScore, pair_score
from brainseek.trainers.recipe import ModalitiesSettings, Recipe
from brainseek.trainers.settings import build

TEST_SEED = 40_009
VALIDATION = {"train": "validation blocks", "all": "trained blocks"}
"""How the validation is called: with the split ``all`` its sections are trained on."""


class ModalitiesTask:
    """Co-located patches of two modalities; some blocks of adjacent sections are held out.

    Parameters
    ----------
    recipe : Recipe
        One of the task ``modalities``.
    """

    def __init__(self, recipe: Recipe) -> None:
        assert recipe.clip is not None
        self.recipe, self.settings = recipe, recipe.clip
        if len(self.settings.modalities) != 2:
            raise BrainseekError(
                f"clip.modalities {list(self.settings.modalities)} is no pair: name two."
            )
        self.loss = build_loss(recipe.loss)
        self.pairs = chosen_pairs(self.settings)

    @staticmethod
    def network(recipe: Recipe) -> TwoTowerNetwork:
        """Return the untrained two towers of a recipe."""
        assert recipe.clip is not None
        settings, pair = recipe.network, recipe.clip
        return TwoTowerNetwork(
            pair.modalities, settings.trunk, settings.dim, pair.shared, settings.pretrained
        )

    def batches(self, steps: range, seed: Sequence[int]) -> PairBatches:
        """Batches of the given steps from the sections that are learned from."""
        rank, world = parallel.start()
        augmentation = build(PatchAugmentation, dict(self.recipe.augmentation), "augmentation")
        return PairBatches(
            self.pairs["train"], self.settings, augmentation, steps, seed[0], rank, world
        )

    def validate(self, network: TwoTowerNetwork) -> dict[str, PairScore]:
        """Retrieval in both directions on the validation blocks."""
        network.eval()
        score = pair_score(embed_patches(network, self._validation))
        return {VALIDATION[self.settings.split]: score}

    @cached_property
    def _validation(self) -> NDArray[np.uint8]:
        return seeded_patches(self.pairs["validation"], self.settings)


def seeded_patches(pairs: Sequence[SectionPair], settings: ModalitiesSettings) -> NDArray[np.uint8]:
    """Cut at most ``validate`` places of a grid of ``near_um[0]``, turned at random together.

    They are always the same: (n, 2, side_px, side_px), uint8, each patch spread by itself.

    Raises
    ------
    BrainseekError
        If fewer than two places have enough tissue.
    """
    rng = np.random.default_rng(TEST_SEED)
    frame = PairFrame(settings.side_px, settings.pixel_um)
    numbers, centres = all_centres(pairs, frame, settings.near_um[0], settings.least_tissue)
    if len(centres) < 2:
        raise BrainseekError(
            f"{len(pairs)} held-out pairs have {len(centres)} patches with enough tissue: hold "
            "more out (clip.block), or make patches smaller."
        )
    chosen = np.sort(rng.permutation(len(centres))[: settings.validate])
    turns = rng.uniform(-settings.turn_deg, settings.turn_deg, len(centres))
    parts = []
    for number in np.unique(numbers[chosen]):
        mine = chosen[numbers[chosen] == number]
        cuts = cut_pair(pairs[number], centres[mine], frame, turns[mine], turns[mine])
        parts += [
            [spread_gray(first), spread_gray(second)] for first, second in zip(*cuts, strict=True)
        ]
    return np.array(parts, np.uint8)


def embed_patches(network: TwoTowerNetwork, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Embed pairs of spread patches (n, 2, side, side) uint8; (n, 2, dim) float32."""
    return embed_pictures(network, np.moveaxis(patches, 1, -1), 128)
