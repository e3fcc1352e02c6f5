"""What a recipe trains for: its batches, its loss and its validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from torch import Tensor, nn
from torch.utils.data import Dataset

from brainseek.embedder.networks.embedding import EmbeddingNetwork, build_network
from brainseek.embedder.networks.two_tower import TwoTowerNetwork
from brainseek.trainers.recipe import Recipe

Network = EmbeddingNetwork | TwoTowerNetwork
"""Has a ``trunk`` and a ``head``; the trunk may rest or learn more slowly."""


class Score(Protocol):
    """Result of a validation: a frozen dataclass of numbers."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def error(self) -> float:
        """The number that should fall."""

    @property
    def said(self) -> str:
        """The score in a few words for the log."""


class Task(Protocol):
    """Everything in a training that depends on what is learned."""

    loss: nn.Module
    """Takes embeddings (n, …, d) and the places of the batch (n, …); may have parameters."""

    def batches(self, steps: range, seed: Sequence[int]) -> Dataset[tuple[Tensor, Tensor]]:
        """Batches of the given steps, the same for the same seed: images and places."""

    def validate(self, network: Any) -> Mapping[str, Score]:
        """Scores by name of the validation data; the first decides on stopping."""


def task_of(recipe: Recipe) -> Task:
    """Return the task of a recipe: cortical places, pairs of modalities, else plates."""
    if recipe.cortex is not None:
        from brainseek.trainers.tasks.cortex import CortexTask

        return CortexTask(recipe)
    if recipe.clip is not None:
        from brainseek.trainers.tasks.modalities import ClipTask

        return ClipTask(recipe)
    from brainseek.trainers.tasks.plates import PlatesTask

    return PlatesTask(recipe)


def network_of(recipe: Recipe) -> Network:
    """Return the untrained network of a recipe."""
    settings, clip = recipe.network, recipe.clip
    if clip is None:
        return build_network(settings.trunk, settings.dim, pretrained=settings.pretrained)
    return TwoTowerNetwork(
        clip.modalities, settings.trunk, settings.dim, clip.shared, settings.pretrained
    )
