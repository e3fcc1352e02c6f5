"""Turn a finished run into a released encoder: weights, card and gallery under ``weights/``.

``python -m brainseek.trainers.release.plates RUN NAME`` embeds the plates of the recipe's atlas
with the trained network, scores it on the recipe's validation data and writes
``NAME.safetensors``, ``NAME.json`` and ``NAME.gallery.safetensors``. Then
``python -m brainseek.registration.plates.calibrate NAME`` fits the confidences.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError, exit_on_error
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.gallery import plate_gallery_bytes
from brainseek.embedder.networks.embedding import build_network
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.preprocessing.views import VIEWS
from brainseek.trainers.plates.evaluate import rank_score
from brainseek.trainers.plates.validation import validation_sets
from brainseek.trainers.release.files import (
    finished_recipe,
    trained_weights,
    training_of,
    write_released,
)


def release(
    run: Path,
    name: str,
    *,
    views: tuple[str, ...] = ("as-is",),
    description: str | None = None,
    folder: Path | None = None,
) -> PlateCard:
    """Write weights, gallery and card of a run; returns the card.

    Raises
    ------
    BrainseekError
        If the run is not finished or has no plates, a file is too large to be committed, or the
        folder can't be written.
    """
    recipe = finished_recipe(run)
    if recipe.clip is not None:
        raise BrainseekError(
            f"'{run}' learned pairs of modalities and has no plates: release it with `python -m "
            "brainseek.trainers.release.modalities`."
        )
    if recipe.cortex is not None:
        raise BrainseekError(
            f"'{run}' learned cortical places and has no plates: release it with `python -m "
            "brainseek.trainers.release.cortex`."
        )
    network = build_network(recipe.network.trunk, recipe.network.dim)
    weights = trained_weights(run, network)
    sections = [f"{recipe.sections}/train"] if recipe.sections else []
    card = PlateCard(
        name=name,
        description=description or recipe.description,
        atlas=recipe.atlas,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        views=views,
        preprocessing=recipe.preprocessing,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        gallery_sha256="",
        training=training_of(run, recipe, network, {"data": [recipe.atlas, *sections]}),
        measured={},
    )
    encoder = PlateEncoder(card, network, torch.device("cpu"))
    atlas = load_atlas(recipe.atlas)
    plates, queries = validation_sets(recipe, atlas)
    vectors = _embed(encoder, plates.images)
    gallery = plate_gallery_bytes(
        vectors, plates.plates, np.asarray(atlas.positions_um, np.float64)
    )
    measured = {
        split: dataclasses.asdict(
            rank_score(_embed(encoder, pictures.images) @ vectors.T, plates.plates, pictures.plates)
        )
        for split, pictures in queries
    }
    card = dataclasses.replace(
        card, gallery_sha256=hashlib.sha256(gallery).hexdigest(), measured=measured
    )
    write_released(folder, card, weights, gallery)
    return card


def _embed(encoder: PlateEncoder, images: np.ndarray) -> np.ndarray:
    inputs = images.astype(np.float32) / np.float32(255)
    blocks = [encoder.embed_inputs(inputs[i : i + 32]) for i in range(0, len(inputs), 32)]
    return np.concatenate(blocks)


@exit_on_error()
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
