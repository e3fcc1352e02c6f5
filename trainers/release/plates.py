"""The release of an encoder of plates: weights, gallery of the atlas' plates, scores."""

import dataclasses
import hashlib

import numpy as np
import torch

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.gallery import plate_gallery_bytes
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.trainers.plates.pictures import validation_sets
from brainseek.trainers.plates.scores import rank_score
from brainseek.trainers.release.finished_run import FinishedRun, Release
from brainseek.trainers.tasks.plates import PlatesTask


def plates_release(
    run: FinishedRun, name: str, description: str, *, views: tuple[str, ...] = ("as-is",)
) -> Release:
    """Embed the plates of the recipe's atlas and score the recipe's validation data."""
    recipe = run.recipe
    network = PlatesTask.network(recipe)
    weights = run.weights(network)
    sections = [f"{recipe.sections}/train"] if recipe.sections else []
    card = PlateCard(
        name=name,
        description=description,
        atlas=recipe.atlas,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        views=views,
        preprocessing=recipe.preprocessing,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        gallery_sha256="",
        training=run.training(network, {"data": [recipe.atlas, *sections]}),
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
    return Release(card, weights, gallery)


def _embed(encoder: PlateEncoder, images: np.ndarray) -> np.ndarray:
    inputs = images.astype(np.float32) / np.float32(255)
    blocks = [encoder.embed_inputs(inputs[i : i + 32]) for i in range(0, len(inputs), 32)]
    return np.concatenate(blocks)
