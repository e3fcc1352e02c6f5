"""Runs of recipes: trained once, kept in a folder, taken up again."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import restore_state
from brainseek.trainers.embed import Network
from brainseek.trainers.recipe import Recipe, ValidationSettings, load_recipe
from brainseek.trainers.run import train
from brainseek.trainers.tasks.registry import network_of


def trained_network(recipe: Recipe, folder: Path) -> Network:
    """Train a recipe in a folder, or take up the finished or broken run there.

    Raises
    ------
    BrainseekError
        If the folder holds a run that learned something else.
    """
    stored, state = folder / "recipe.yaml", folder / "network.safetensors"
    if stored.is_file():
        asked, there = (dict(_settings(_learned(one))) for one in (recipe, load_recipe(stored)))
        for key in asked:
            if asked[key] != there.get(key):
                raise BrainseekError(
                    f"the run in '{folder}' had {key} = {there.get(key)}, not {asked[key]}: give "
                    "another folder of runs (--runs), or remove this run."
                )
    if not state.is_file():
        begun = (folder / "checkpoint.pt").is_file()
        if not begun:  # stopped before its first checkpoint
            shutil.rmtree(folder, ignore_errors=True)
        train(load_recipe(stored) if begun else recipe, folder, resume=begun)
    network = network_of(recipe)
    restore_state(network, load_file(state))
    return network.eval()


def _learned(recipe: Recipe) -> dict[str, Any]:
    """Settings without what does not decide the weights, such as where pairs lie."""
    pairs = recipe.clip
    if pairs is not None:
        pairs = replace(pairs, validate=0, pairs=Path(pairs.pairs).name)
    return asdict(replace(recipe, description="", validation=ValidationSettings(), clip=pairs))


def _settings(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All settings by their dotted names."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _settings(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
