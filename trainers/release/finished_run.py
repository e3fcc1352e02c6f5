"""A run that was trained to its end, and the files that its release writes."""

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


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """A run folder with its recipe."""

    folder: Path
    recipe: Recipe

    @classmethod
    def open(cls, folder: Path) -> FinishedRun:
        """Read the recipe of a run that was trained to its end.

        Raises
        ------
        BrainseekError
            If the run is not finished.
        """
        if not (folder / "network.safetensors").is_file():
            raise BrainseekError(f"'{folder}' holds no finished run: train it to the end first.")
        return cls(folder, load_recipe(folder / "recipe.yaml"))

    def weights(self, network: nn.Module) -> bytes:
        """Give a network the run's state; returns the contents of the weights file.

        Runs store half precision too, so what the network is measured to do belongs to the file.

        Raises
        ------
        BrainseekError
            If the state does not fit, or is too large to be committed.
        """
        restore_state(network, load_file(self.folder / "network.safetensors"))
        network.eval()
        weights = save(export_state(network))
        check_size("weights", weights)
        return weights

    def training(self, network: nn.Module, learned_from: dict[str, Any]) -> dict[str, Any]:
        """Return what a card says of it: settings, environment, data and parameters."""
        environment = (self.folder / "environment.json").read_text(encoding="utf-8")
        return {
            "recipe": self.recipe.name,
            "settings": json.loads(json.dumps(dataclasses.asdict(self.recipe))),
            "environment": json.loads(environment),
            **learned_from,
            "parameters": count_parameters(network),
        }


@dataclasses.dataclass(frozen=True)
class Release:
    """Contents of the files of a released encoder."""

    card: Card
    weights: bytes
    gallery: bytes | None = None

    def write(self, folder: Path | None = None) -> None:
        """Write each file whole, the card last.

        Without a folder they go to where the project keeps the encoders for this task.

        Raises
        ------
        BrainseekError
            If the gallery is too large to be committed, or the folder can't be written.
        """
        name = self.card.name
        if self.gallery is not None:
            check_size("gallery", self.gallery)
        folder = folder or release_folder(self.card.task)
        writable_folder(folder)
        write_whole(weights_path(name, folder), self.weights)
        if self.gallery is not None:
            write_whole(gallery_path(name, folder), self.gallery)
        write_whole(card_path(name, folder), self.card.to_json().encode())


def check_size(what: str, content: bytes) -> None:
    """Raise a `BrainseekError` if a file is too large to be committed."""
    if len(content) > LARGEST_BYTES:
        raise BrainseekError(
            f"The {what} take {len(content)} bytes, more than the {LARGEST_BYTES} a released file "
            "may have: take a smaller network or fewer dimensions."
        )
