"""What a recipe trains for: its batches, its loss and its validation, by the name of the task."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from torch import Tensor, nn
from torch.utils.data import Dataset

from brainseek.trainers.embed import Network
from brainseek.trainers.recipe import Recipe
from brainseek.trainers.tasks.cortex import CortexTask
from brainseek.trainers.tasks.modalities import ModalitiesTask
from brainseek.trainers.tasks.plates import PlatesTask


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

    def __init__(self, recipe: Recipe) -> None: ...

    @staticmethod
    def network(recipe: Recipe) -> Network:
        """Return the untrained network of a recipe."""

    def batches(self, steps: range, seed: Sequence[int]) -> Dataset[tuple[Tensor, Tensor]]:
        """Batches of the given steps, the same for the same seed: images and places."""

    def validate(self, network: Any) -> Mapping[str, Score]:
        """Scores by name of the validation data; the first decides on stopping."""


TASKS: dict[str, type[Task]] = {
    "plates": PlatesTask,
    "cortex": CortexTask,
    "modalities": ModalitiesTask,
}


def task_of(recipe: Recipe) -> Task:
    """Open what a recipe learns from: its data, loss and validation."""
    return TASKS[recipe.task](recipe)


def network_of(recipe: Recipe) -> Network:
    """Return the untrained network of a recipe."""
    return TASKS[recipe.task].network(recipe)
