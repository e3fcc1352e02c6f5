"""Turn a finished two-modality run into a released encoder under ``weights/modalities/``.

``python -m brainseek.trainers.release.modalities RUN NAME`` scores the network on the held-out
blocks of the recipe's pairs and writes ``NAME.safetensors`` and ``NAME.json``.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError, exit_on_error
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.networks.two_tower import TwoTowerNetwork
from brainseek.trainers.pairs.data import chosen_pairs
from brainseek.trainers.pairs.scores import pair_score
from brainseek.trainers.release.files import (
    finished_recipe,
    trained_weights,
    training_of,
    write_released,
)
from brainseek.trainers.tasks.modalities import embed_patches, seeded_patches


def release_clip(
    run: Path, name: str, *, description: str | None = None, folder: Path | None = None
) -> MultimodalCard:
    """Write weights and card of a run; returns the card.

    Raises
    ------
    BrainseekError
        If the run is not finished or learned no pairs, its pairs are gone, its weights are too
        large to be committed, or the folder can't be written.
    """
    recipe = finished_recipe(run)
    clip, settings = recipe.clip, recipe.network
    if clip is None:
        raise BrainseekError(f"'{run}' learned no pairs of modalities: release another run.")
    network = TwoTowerNetwork(clip.modalities, settings.trunk, settings.dim, clip.shared)
    weights = trained_weights(run, network)
    pairs = chosen_pairs(clip)
    sections = {part: len(found) for part, found in pairs.items()}
    measured = {
        part: dataclasses.asdict(
            pair_score(embed_patches(network, seeded_patches(pairs[part], clip)))
        )
        for part in ("validation", "test")
        if pairs[part] and clip.split == "train"
    }
    card = MultimodalCard(
        name=name,
        description=description or recipe.description,
        modalities=clip.modalities,
        side_px=clip.side_px,
        pixel_um=clip.pixel_um,
        trunk=settings.trunk,
        dim=settings.dim,
        shared=clip.shared,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        training=training_of(run, recipe, network, {"sections": sections}),
        measured=measured,
    )
    write_released(folder, card, weights)
    return card


@exit_on_error()
def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("name", help="name under which the encoder is released")
    arguments = parser.parse_args()
    card = release_clip(arguments.run, arguments.name)
    print(card.identity, json.dumps(card.measured, indent=2))


if __name__ == "__main__":
    main()
