"""Batches of cortical patches: vertices drawn evenly by area, and how far apart they lie.

One batch holds one hemisphere. What a pair of samples means to the loss is decided by the table
of distances that comes with the images, so the geodesic loss, the supervised contrastive loss and
the loss of SimCLR are trained by the same code on the same draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.surface import Surface
from brainseek.trainers.augmentations.registry import Augmentation
from brainseek.trainers.cortex.distances import Distances
from brainseek.trainers.cortex.sources import PatchSource


@dataclass(frozen=True)
class CortexBatchSettings:
    """``vertices`` on every rank, ``views`` augmented pictures of each."""

    vertices: int
    views: int = 2

    def __post_init__(self) -> None:
        """Refuse empty batches."""
        if min(self.vertices, self.views) < 1:
            raise BrainseekError(
                f"a batch of {self.vertices} vertices with {self.views} views is empty; give at "
                "least 1 of each."
            )


@dataclass(eq=False)
class CortexBatches(Dataset[tuple[Tensor, Tensor]]):
    """One batch per training step, the same for the same seed, step and size over all ranks.

    Item ``step`` is ``(images (n, channels, rows, columns) float32, distances_um (n, N) float32)``:
    the n samples of this rank and their distances to the N samples of all ranks, so that both
    concatenate over the ranks to what the loss takes. Every step draws one hemisphere.

    Attributes
    ----------
    settings : CortexBatchSettings
    surface : Surface
        Vertices are drawn in proportion to their area, within the cortex.
    source : PatchSource
    distances : callable
        Distances in µm between vertices, see ``Distances``.
    augmentation : callable
        Takes a picture of the source, ``size`` and a random generator; returns float32 in 0..1.
    size : int
        Side of the images in pixels.
    steps : range
    seed : int
    rank, world : int
        Which process this is, of how many.
    mask : ndarray, (n_vertices,), bool, optional
        Only these vertices are drawn, e.g. all that are not held out.

    Raises
    ------
    BrainseekError
        If the pictures belong to another surface, or no vertex is left to draw.
    """

    settings: CortexBatchSettings
    surface: Surface
    source: PatchSource
    distances: Distances
    augmentation: Augmentation
    size: int
    steps: range
    seed: int
    rank: int = 0
    world: int = 1
    mask: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        """Find the vertices that may be drawn."""
        surface, source = self.surface, self.source
        if source.usable.shape != surface.cortex.shape:
            raise BrainseekError(
                f"the pictures belong to {len(source.usable)} vertices, but {surface.name} has "
                f"{len(surface.cortex)}; take the surface that they were made for."
            )
        allowed = surface.cortex & source.usable
        if self.mask is not None:
            allowed = allowed & self.mask
        sides = (allowed & surface.side("left"), allowed & surface.side("right"))
        self._sides = [side for side in sides if side.any()]
        if not self._sides:
            raise BrainseekError(
                f"no vertex of {surface.name} is cortex, has a picture and is in the mask; check "
                "that surface, pictures and mask belong together."
            )

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        step = self.steps[index]
        samples = np.repeat(self.vertices(step), self.settings.views)
        count = self.settings.vertices * self.settings.views
        own = range(self.rank * count, (self.rank + 1) * count)
        images = [self._view(step, i, int(samples[i])) for i in own]
        rows = self.distances(samples[own.start : own.stop], samples)
        return torch.from_numpy(np.stack(images)), torch.from_numpy(rows)

    def vertices(self, step: int) -> NDArray[np.int64]:
        """Return the vertices of one step over all ranks, all in one hemisphere."""
        rng = np.random.default_rng((self.seed, step))
        areas = self.surface.areas_um2()
        share = np.array([areas[side].sum() for side in self._sides])
        side = self._sides[rng.choice(len(share), p=share / share.sum())]
        return self.surface.sample(self.settings.vertices * self.world, rng, side)

    def _view(self, step: int, sample: int, vertex: int) -> NDArray[np.float32]:
        """One view with a random state of its own, so that it does not depend on the ranks."""
        rng = np.random.default_rng((self.seed, step, sample))
        return channels_first(self.augmentation(self.source(vertex, rng), self.size, rng))


@dataclass(frozen=True, eq=False)
class InTurn(Dataset[tuple[Tensor, Tensor]]):
    """Step n comes from the n-th of several sets of batches, counted round and round."""

    batches: Sequence[CortexBatches]

    def __len__(self) -> int:
        return len(self.batches[0])

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if index >= len(self):
            raise IndexError(index)
        step = self.batches[0].steps[index]
        return self.batches[step % len(self.batches)][index]


def channels_first(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn (rows, columns) or (rows, columns, channels) into (channels, rows, columns)."""
    return np.ascontiguousarray(np.atleast_3d(picture).transpose(2, 0, 1))
