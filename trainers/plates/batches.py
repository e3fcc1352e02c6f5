"""Batches of plates, labelled sections and cuts with their places along the series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from brainseek.trainers.augmentations.registry import Augmentation
from brainseek.trainers.plates.pictures import Pictures
from brainseek.trainers.recipe import BatchSettings


@dataclass(eq=False)
class PlateBatches(Dataset[tuple[Tensor, Tensor]]):
    """One batch per training step, the same for the same seed, rank and step.

    Item ``step`` is ``(images (n, 1, size, size) float32, positions_um (n,) float64)``.
    """

    settings: BatchSettings
    augmentation: Augmentation
    size: int
    steps: range
    seed: Sequence[int]
    plates: Pictures
    sections: Pictures | None = None
    cuts: Callable[[np.random.Generator], tuple[NDArray[np.uint8], float]] | None = None

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((*self.seed, self.steps[index]))
        images, places = [], []
        for picture, place in self._draw(rng):
            for _ in range(self.settings.views):
                images.append(self.augmentation(picture, self.size, rng))
                places.append(place)
        return torch.from_numpy(np.stack(images)[:, None]), torch.tensor(places).double()

    def _draw(self, rng: np.random.Generator) -> list[tuple[NDArray[np.uint8], float]]:
        drawn = _pick(self.plates, self.settings.plates, rng)
        if self.sections is not None:
            sections = _pick(self.sections, self.settings.sections, rng)
            drawn += sections
            if self.settings.matched:
                drawn += [(self._plate_at(place), place) for _, place in sections]
        if self.cuts is not None:
            drawn += [self.cuts(rng) for _ in range(self.settings.cuts)]
        return drawn

    def _plate_at(self, place: float) -> NDArray[np.uint8]:
        nearest = int(np.abs(self.plates.positions_um - place).argmin())
        return np.asarray(self.plates.images[nearest])


def _pick(
    pictures: Pictures, count: int, rng: np.random.Generator
) -> list[tuple[NDArray[np.uint8], float]]:
    """Random pictures with their places; each at most once while there are enough."""
    chosen = rng.choice(len(pictures.images), count, count > len(pictures.images))
    return [(pictures.images[i], float(pictures.positions_um[i])) for i in chosen]
