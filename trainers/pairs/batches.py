"""Batches of co-located patches of two modalities, with negatives near but never the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.trainers.augmentations.patch import PatchAugmentation
from brainseek.trainers.recipe import ModalitiesSettings

CLUSTER = 8
"""At most this many places of a batch lie in one cluster."""
POOL_PIXELS = 2
"""Places are drawn from a grid of this many patch pixels."""
_PATIENCE = 60
"""Draws per place of the batch before it is given up."""


@dataclass(eq=False)
class PairBatches(Dataset[tuple[Tensor, Tensor]]):
    """One batch per training step, the same for the same seed, step and size over all ranks.

    Item ``step`` is ``(images (n, 2, side, side) float32 in 0..1, places (n, 4) float32)``: patches
    of both modalities, and the number of the pair with the three coordinates of
    `SectionPair.places_um`. All places of a batch, over all ranks, lie at least ``near_um[0]``
    apart where they can be compared: within a section, and between sections of one atlas.

    Attributes
    ----------
    pairs : sequence of SectionPair
        Those without any place are left out.
    settings : ModalitiesSettings
    augmentation : PatchAugmentation
        For each patch by itself; without mirrors.
    steps : range
    seed : int
    rank, world : int
        Which process this is, of how many.

    Raises
    ------
    BrainseekError
        If a setting is impossible, or no place of the pairs has enough tissue.
    """

    pairs: Sequence[SectionPair]
    settings: ModalitiesSettings
    augmentation: PatchAugmentation
    steps: range
    seed: int
    rank: int = 0
    world: int = 1

    def __post_init__(self) -> None:
        """Find the places of all pairs."""
        settings, pairs = self.settings, self.pairs
        _check(settings, self.augmentation)
        self.frame = PairFrame(settings.side_px, settings.pixel_um)
        every = POOL_PIXELS * settings.pixel_um
        pools = [tissue_centres(p, self.frame, every, settings.least_tissue) for p in pairs]
        self.pairs = [pair for pair, pool in zip(pairs, pools, strict=True) if len(pool)]
        self.pools = [pool.astype(np.float32) for pool in pools if len(pool)]
        if not self.pairs:
            raise BrainseekError(
                f"No patch of {self.frame.side_um:g} µm is {settings.least_tissue:.0%} tissue in "
                "both images of a pair: make patches smaller or lower clip.least_tissue."
            )
        placed = zip(self.pairs, self.pools, strict=True)
        self.places_um = [pair.places_um(pool).astype(np.float32) for pair, pool in placed]
        names = [pair.atlas or f"#{number}" for number, pair in enumerate(self.pairs)]
        self.space = np.unique(names, return_inverse=True)[1].ravel()
        sizes = np.array([len(pool) for pool in self.pools])
        self._share = sizes / sizes.sum()

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if index >= len(self):
            raise IndexError(index)
        step, settings = self.steps[index], self.settings
        numbers, rows = self.draw(step)
        rng = np.random.default_rng((self.seed, step, 1))
        turns = rng.uniform(-settings.turn_deg, settings.turn_deg, len(rows))
        more = rng.uniform(-settings.relative_turn_deg, settings.relative_turn_deg, len(rows))
        scales = np.exp(rng.normal(0, settings.log_scale, len(rows)))
        own = np.arange(self.rank * settings.places, (self.rank + 1) * settings.places)
        images = np.empty((len(own), 2, self.frame.side_px, self.frame.side_px), np.float32)
        places = np.empty((len(own), 4), np.float32)
        for number in np.unique(numbers[own]):
            mine = own[numbers[own] == number]
            patches = cut_pair(
                self.pairs[number],
                self.pools[number][rows[mine]],
                self.frame,
                turns[mine],
                turns[mine] + more[mine],
                scales[mine],
            )
            places[mine - own[0], 0] = number
            places[mine - own[0], 1:] = self.places_um[number][rows[mine]]
            for channel, block in enumerate(patches):
                for sample, patch in zip(mine, block, strict=True):
                    images[sample - own[0], channel] = self._view(step, sample, channel, patch)
        return torch.from_numpy(images), torch.from_numpy(places)

    def _view(
        self, step: int, sample: int, channel: int, patch: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        rng = np.random.default_rng((self.seed, step, 2, sample, channel))
        return self.augmentation(spread_gray(patch), self.frame.side_px, rng)

    def draw(self, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Number of the pair and row in its pool of all places of a step, over all ranks."""
        settings = self.settings
        wanted = settings.places * self.world
        near = round(wanted * settings.near_share) if settings.negatives == "near" else 0
        batch = _Batch(self, np.random.default_rng((self.seed, step, 0)))
        for _ in range(_PATIENCE * wanted):
            if len(batch.rows) >= wanted:
                break
            if len(batch.rows) < near:
                batch.add_cluster(min(CLUSTER, near - len(batch.rows)))
            else:
                batch.add_one()
        if len(batch.rows) < wanted:
            raise BrainseekError(
                f"Only {len(batch.rows)} places at least {settings.near_um[0]:g} µm apart were "
                f"found in {len(self.pairs)} pairs: lower clip.places (now {settings.places} on "
                f"each of {self.world} processes) or clip.near_um."
            )
        return np.array(batch.numbers), np.array(batch.rows)


class _Batch:
    """Places drawn so far."""

    def __init__(self, source: PairBatches, rng: np.random.Generator) -> None:
        self.source, self.rng = source, rng
        self.numbers: list[int] = []
        self.rows: list[int] = []
        self._found = np.empty((0, 3), np.float32)
        self._spaces = np.empty(0, np.int64)

    def add_one(self) -> None:
        """Draw one place anywhere; leave it out if it is too near to another."""
        number = int(self.rng.choice(len(self.source.pairs), p=self.source._share))
        self._accept(number, int(self.rng.integers(len(self.source.pools[number]))))

    def add_cluster(self, most: int) -> None:
        """Draw places of one section, each pair of them at most ``near_um[1]`` apart."""
        number = int(self.rng.choice(len(self.source.pairs), p=self.source._share))
        places = self.source.places_um[number]
        middle = places[self.rng.integers(len(places))]
        radius = self.source.settings.near_um[1] / 2
        around = np.flatnonzero(np.linalg.norm(places - middle, axis=1) <= radius)
        added = 0
        for row in self.rng.permutation(around)[: 8 * most]:
            added += self._accept(number, int(row))
            if added == most:
                break

    def _accept(self, number: int, row: int) -> bool:
        place, space = self.source.places_um[number][row], int(self.source.space[number])
        apart = np.linalg.norm(self._found[self._spaces == space] - place, axis=1)
        if (apart < self.source.settings.near_um[0]).any():
            return False
        self.numbers.append(number)
        self.rows.append(row)
        self._found = np.vstack([self._found, place])
        self._spaces = np.append(self._spaces, space)
        return True


def _check(settings: ModalitiesSettings, augmentation: PatchAugmentation) -> None:
    if settings.negatives not in ("near", "random"):
        raise BrainseekError(
            f"The negatives '{settings.negatives}' are unknown: choose near or random."
        )
    if len(settings.near_um) != 2 or not 0 < settings.near_um[0] < settings.near_um[1]:
        raise BrainseekError(
            f"clip.near_um {list(settings.near_um)} is no range: give the smallest and the largest "
            "distance of near places in µm."
        )
    if settings.places < 2 or not 0 <= settings.near_share <= 1:
        raise BrainseekError(
            f"A batch of {settings.places} places, {settings.near_share} of them near, can't be "
            "made: give 2 or more places and a share from 0 to 1."
        )
    if augmentation.mirror:
        raise BrainseekError(
            f"augmentation.mirror {augmentation.mirror} would turn over one patch of a pair only: "
            "set it to 0."
        )
