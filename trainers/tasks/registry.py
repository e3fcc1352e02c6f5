"""The task that a recipe names."""

from __future__ import annotations

from brainseek.trainers.embed import Network
from brainseek.trainers.recipe import Recipe
from brainseek.trainers.tasks.cortex import CortexTask
from brainseek.trainers.tasks.modalities import ModalitiesTask
from brainseek.trainers.tasks.plates import PlatesTask
from brainseek.trainers.tasks.task import Task

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
