"""What embeds pictures of places: a recipe's run, or its network as it begins."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.cortex.bars import SUPCON
from benchmarks.cortex.data import DATA
from benchmarks.shared.kept_runs import trained_network
from brainseek.trainers.cortex.sources import Pictures
from brainseek.trainers.embed import embed_pictures
from brainseek.trainers.recipe import CortexSettings, Recipe, load_recipe
from brainseek.trainers.tasks.registry import network_of

Embed = Callable[[Pictures], NDArray[np.float32]]


def recipe_of(name: str, data: str, steps: int, seed: int = 0) -> Recipe:
    """Return a recipe as it is changed for a data set."""
    known = DATA[data]
    changes = [f"cortex.data={data}", f"schedule.steps={steps}", f"seed={seed}", *known.changes]
    if name == SUPCON:
        changes.append(f"cortex.labels={known.labels[0]}")
    return load_recipe(name, changes)


def settings_of(recipe: Recipe) -> CortexSettings:
    """Return what a recipe says of the cortex."""
    assert recipe.cortex is not None
    return recipe.cortex


def trained(recipe: Recipe, folder: Path) -> Embed:
    """Train a recipe, or take up its finished or broken run; returns the embedding."""
    network = trained_network(recipe, folder)
    return lambda pictures: embed_pictures(network, pictures, 128)


def untrained(recipe: Recipe, seed: int) -> Embed:
    """The recipe's network as it begins; batch norms take the statistics of all pictures."""
    torch.manual_seed(seed)
    network = network_of(recipe)
    network.train()
    return lambda pictures: embed_pictures(network, pictures, len(pictures))
