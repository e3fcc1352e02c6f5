"""Runs of the geodesic benchmark: trained once, kept in a folder, taken up again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import build_network, restore_state
from brainseek.trainers.cortex.sources import Pictures
from brainseek.trainers.embed import embed_pictures
from brainseek.trainers.recipe import Recipe, load_recipe

Embed = Callable[[Pictures], NDArray[np.float32]]


def trained(recipe: Recipe, folder: Path) -> Embed:
    """Train a recipe, or take up its finished or broken run; returns the embedding.

    Raises
    ------
    BrainseekError
        If the folder holds a run of other settings.
    """
    from safetensors.torch import load_file

    from brainseek.trainers.run import train

    begun = (folder / "checkpoint.pt").is_file()
    if begun and not _same_training(load_recipe(folder / "recipe.yaml"), recipe):
        raise BrainseekError(
            f"'{folder}' holds a run of other settings: remove it, or choose another --runs."
        )
    if not (folder / "network.safetensors").is_file():
        if not begun:  # stopped before its first checkpoint
            shutil.rmtree(folder, ignore_errors=True)
        train(recipe, folder, resume=begun)
    network = build_network(recipe.network.trunk, recipe.network.dim)
    restore_state(network, load_file(folder / "network.safetensors"))
    return lambda pictures: embed_pictures(network.eval(), pictures, 128)


def _same_training(stored: Recipe, recipe: Recipe) -> bool:
    """Whether both give the same network; how often it is validated does not matter."""
    return replace(stored, validation=recipe.validation) == recipe


def untrained(recipe: Recipe, seed: int) -> Embed:
    """The recipe's network as it begins; batch norms take the statistics of all pictures."""
    torch.manual_seed(seed)
    network = build_network(recipe.network.trunk, recipe.network.dim)
    network.train()
    return lambda pictures: embed_pictures(network, pictures, len(pictures))
