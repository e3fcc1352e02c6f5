"""The release of an encoder of cortical places: weights, gallery of every vertex, scores."""

import dataclasses
import hashlib

import numpy as np
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.t1_volumes import cortex_volume_names, load_cortex_volume
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.gallery import vertex_gallery_bytes
from brainseek.embedder.preprocessing.patch_view import PatchView
from brainseek.trainers.cortex.data import OUTSIDE
from brainseek.trainers.release.finished_run import FinishedRun, Release
from brainseek.trainers.tasks.cortex import CortexTask


def cortex_release(
    run: FinishedRun,
    name: str,
    description: str,
    *,
    gallery: str = "t1-mni152",
    progress: bool = False,
) -> Release:
    """Embed every vertex of the cortex of a T1 volume, both hemispheres, at angle 0, and score.

    Raises
    ------
    BrainseekError
        If the run learned no patches of a T1 volume, or the gallery's volume is unknown.
    """
    recipe, settings = run.recipe, run.recipe.cortex
    assert settings is not None
    if settings.data not in cortex_volume_names():
        raise BrainseekError(
            f"'{run.folder}' learned from {settings.data} and the gallery is cut from T1 volumes: "
            f"train on one of {', '.join(cortex_volume_names())}."
        )
    network = CortexTask.network(recipe)
    weights = run.weights(network)
    place = load_cortex_volume(gallery)
    card = CortexCard(
        name=name,
        description=description,
        surface=place.surface.name,
        data=gallery,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        view=PatchView(settings.side_px, settings.pixel_um, settings.planes, OUTSIDE),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        gallery_sha256="",
        training=run.training(network, {"data": [settings.data, *settings.also]}),
        measured={},
    )
    encoder = CortexEncoder(card, network, torch.device("cpu"))
    scores = CortexTask(recipe).validate(network)
    vertices = np.flatnonzero(place.surface.cortex)
    vectors = encoder.embed_vertices(place.volume, place.surface, vertices, progress=progress)
    content = vertex_gallery_bytes(vertices, vectors)
    card = dataclasses.replace(
        card,
        gallery_sha256=hashlib.sha256(content).hexdigest(),
        measured={split: dataclasses.asdict(score) for split, score in scores.items()},
    )
    return Release(card, weights, content)
