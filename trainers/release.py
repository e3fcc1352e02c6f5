"""Turn a finished run into a released encoder: weights, card and gallery under ``weights/``.

``python -m trainers.release RUN NAME`` embeds the plates of the recipe's atlas with the trained
network, scores it on the recipe's validation data and writes ``NAME.safetensors``, ``NAME.json``
and ``NAME.gallery.safetensors``. Then ``python -m registration.calibrate NAME`` fits the
confidences.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save

from catalog.atlas import load_atlas
from catalog.errors import BrainseekError
from catalog.paths import weights_dir
from embedder.card import Card
from embedder.encoder import Encoder
from embedder.gallery import gallery_bytes, gallery_path
from embedder.networks import build_network, count_parameters, export_state, restore_state
from embedder.views import VIEWS
from trainers.evaluate import rank_score
from trainers.recipe import load_recipe
from trainers.validation import validation_sets

LARGEST_BYTES = 12_000_000


def release(
    run: Path,
    name: str,
    *,
    views: tuple[str, ...] = ("as-is",),
    description: str | None = None,
    folder: Path | None = None,
) -> Card:
    """Write weights, gallery and card of a run; returns the card.

    Raises
    ------
    BrainseekError
        If the run is not finished or has no plates, or its weights are too large to be committed.
    """
    folder = folder or weights_dir()
    state_path = run / "network.safetensors"
    if not state_path.is_file():
        raise BrainseekError(f"'{run}' holds no finished run: train it to the end first.")
    recipe = load_recipe(run / "recipe.yaml")
    if recipe.clip is not None:
        raise BrainseekError(
            f"'{run}' learned pairs of modalities and has no plates: release it with `python -m "
            "trainers.release_clip`."
        )
    if recipe.cortex is not None:
        raise BrainseekError(
            f"'{run}' learned cortical places and has no plates: release it with `python -m "
            "trainers.release_places`."
        )
    network = build_network(recipe.network.trunk, recipe.network.dim)
    restore_state(network, load_file(state_path))
    weights = save(export_state(network))
    if len(weights) > LARGEST_BYTES:
        raise BrainseekError(
            f"The weights take {len(weights)} bytes, more than the {LARGEST_BYTES} a released file "
            "may have: take a smaller network."
        )
    card = Card(
        name=name,
        description=description or recipe.description,
        atlas=recipe.atlas,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        views=views,
        preprocessing=recipe.preprocessing,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        gallery_sha256="",
        training={
            "recipe": recipe.name,
            "settings": json.loads(json.dumps(dataclasses.asdict(recipe))),
            "environment": json.loads((run / "environment.json").read_text(encoding="utf-8")),
            "data": [recipe.atlas, *([recipe.sections + "/train"] if recipe.sections else [])],
            "parameters": count_parameters(network),
        },
        measured={},
    )
    encoder = Encoder(card, network.eval(), torch.device("cpu"))
    atlas = load_atlas(recipe.atlas)
    plates, queries = validation_sets(recipe, atlas)
    vectors = _embed(encoder, plates.images)
    gallery = gallery_bytes(vectors, plates.plates, np.asarray(atlas.positions_um, np.float64))
    measured = {
        split: dataclasses.asdict(
            rank_score(_embed(encoder, pictures.images) @ vectors.T, plates.plates, pictures.plates)
        )
        for split, pictures in queries
    }
    card = dataclasses.replace(
        card, gallery_sha256=hashlib.sha256(gallery).hexdigest(), measured=measured
    )
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in (
        (folder / f"{name}.safetensors", weights),
        (gallery_path(name, folder), gallery),
        (folder / f"{name}.json", card.to_json().encode()),
    ):
        part = path.with_name(path.name + ".part")
        part.write_bytes(content)
        part.replace(path)
    return card


def _embed(encoder: Encoder, images: np.ndarray) -> np.ndarray:
    inputs = images.astype(np.float32) / np.float32(255)
    blocks = [encoder.embed_inputs(inputs[i : i + 32]) for i in range(0, len(inputs), 32)]
    return np.concatenate(blocks)


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("name", help="name under which the encoder is released")
    parser.add_argument("--views", nargs="+", default=["as-is"], choices=list(VIEWS))
    arguments = parser.parse_args()
    card = release(arguments.run, arguments.name, views=tuple(arguments.views))
    print(card.identity, json.dumps(card.measured, indent=2))


if __name__ == "__main__":
    main()
