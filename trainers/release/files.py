"""What every release does: read a finished run, write weights, gallery and card."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import nn

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import writable_folder, write_whole
from brainseek.embedder.cards.card import Card
from brainseek.embedder.cards.files import card_path, gallery_path, release_folder, weights_path
from brainseek.embedder.networks.embedding import count_parameters, export_state, restore_state
from brainseek.trainers.recipe import Recipe, load_recipe

LARGEST_BYTES = 12_000_000


def finished_recipe(run: Path) -> Recipe:
    """Return the recipe of a run that was trained to its end.

    Raises
    ------
    BrainseekError
        If the run is not finished.
    """
    if not _state_path(run).is_file():
        raise BrainseekError(f"'{run}' holds no finished run: train it to the end first.")
    return load_recipe(run / "recipe.yaml")


def trained_weights(run: Path, network: nn.Module) -> bytes:
    """Give a network the state of its finished run; returns the contents of the weights file.

    Runs store half precision too, so what the network is measured to do belongs to the file.

    Raises
    ------
    BrainseekError
        If the state does not fit, or is too large to be committed.
    """
    restore_state(network, load_file(_state_path(run)))
    network.eval()
    weights = save(export_state(network))
    check_size("weights", weights)
    return weights


def training_of(
    run: Path, recipe: Recipe, network: nn.Module, learned_from: dict[str, Any]
) -> dict[str, Any]:
    """Return what a card says of its training: settings, environment, data and parameters."""
    return {
        "recipe": recipe.name,
        "settings": json.loads(json.dumps(dataclasses.asdict(recipe))),
        "environment": json.loads((run / "environment.json").read_text(encoding="utf-8")),
        **learned_from,
        "parameters": count_parameters(network),
    }


def check_size(what: str, content: bytes) -> None:
    """Raise a `BrainseekError` if a file is too large to be committed."""
    if len(content) > LARGEST_BYTES:
        raise BrainseekError(
            f"The {what} take {len(content)} bytes, more than the {LARGEST_BYTES} a released file "
            "may have: take a smaller network or fewer dimensions."
        )


def write_released(
    folder: Path | None, card: Card, weights: bytes, gallery: bytes | None = None
) -> None:
    """Write the files of an encoder, each of them whole, the card last.

    Without a folder they go to where the project keeps the encoders for this task.

    Raises
    ------
    BrainseekError
        If the gallery is too large to be committed, or the folder can't be written.
    """
    if gallery is not None:
        check_size("gallery", gallery)
    folder = folder or release_folder(card.task)
    writable_folder(folder)
    write_whole(weights_path(card.name, folder), weights)
    if gallery is not None:
        write_whole(gallery_path(card.name, folder), gallery)
    write_whole(card_path(card.name, folder), card.to_json().encode())


def _state_path(run: Path) -> Path:
    return run / "network.safetensors"
