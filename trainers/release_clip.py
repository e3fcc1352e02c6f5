"""Turn a finished two-modality run into a released encoder under ``weights/crossmodal/``.

``python -m trainers.release_clip RUN NAME`` scores the network on the held-out blocks of the
recipe's pairs and writes ``NAME.safetensors`` and ``NAME.json``.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path

from safetensors.torch import load_file, save

from catalog.errors import BrainseekError
from catalog.whole_file import make_writable, write_whole
from embedder.cross_card import CrossCard, cross_folder
from embedder.networks import count_parameters, export_state, restore_state
from embedder.two_tower import TwoTowerNetwork
from trainers.clip_data import chosen_pairs
from trainers.clip_task import embed_patches, seeded_patches
from trainers.pair_scores import pair_score
from trainers.recipe import load_recipe
from trainers.release import LARGEST_BYTES
from trainers.task import network_of


def release_clip(
    run: Path, name: str, *, description: str | None = None, folder: Path | None = None
) -> CrossCard:
    """Write weights and card of a run; returns the card.

    Raises
    ------
    BrainseekError
        If the run is not finished or learned no pairs, its pairs are gone, or its weights are too
        large to be committed.
    """
    folder = folder or cross_folder()
    state_path = run / "network.safetensors"
    if not state_path.is_file():
        raise BrainseekError(f"'{run}' holds no finished run: train it to the end first.")
    recipe = load_recipe(run / "recipe.yaml")
    network = network_of(recipe)
    if recipe.clip is None or not isinstance(network, TwoTowerNetwork):
        raise BrainseekError(f"'{run}' learned no pairs of modalities: release another run.")
    restore_state(network, load_file(state_path))
    weights = save(export_state(network))
    if len(weights) > LARGEST_BYTES:
        raise BrainseekError(
            f"The weights take {len(weights)} bytes, more than the {LARGEST_BYTES} a released file "
            "may have: take a smaller network."
        )
    # The scores belong to the stored, half-precision weights.
    restore_state(network, export_state(network))
    network.eval()
    pairs = chosen_pairs(recipe.clip)
    measured = {
        part: dataclasses.asdict(
            pair_score(embed_patches(network, seeded_patches(pairs[part], recipe.clip)))
        )
        for part in ("validation", "test")
        if pairs[part] and recipe.clip.split == "train"
    }
    card = CrossCard(
        name=name,
        description=description or recipe.description,
        modalities=recipe.clip.modalities,
        side_px=recipe.clip.side_px,
        pixel_um=recipe.clip.pixel_um,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        shared=recipe.clip.shared,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        training={
            "recipe": recipe.name,
            "settings": json.loads(json.dumps(dataclasses.asdict(recipe))),
            "environment": json.loads((run / "environment.json").read_text(encoding="utf-8")),
            "sections": {part: len(found) for part, found in pairs.items()},
            "parameters": count_parameters(network),
        },
        measured=measured,
    )
    make_writable(folder, "the folder {folder} can't be written ({reason}); choose another one.")
    write_whole(folder / f"{name}.safetensors", weights)
    write_whole(folder / f"{name}.json", card.to_json().encode())
    return card


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
