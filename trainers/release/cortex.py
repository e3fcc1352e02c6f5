"""Turn a finished run on cortical places into a released encoder under ``weights/cortex/``.

``python -m brainseek.trainers.release.cortex RUN NAME`` embeds every vertex of the cortex of a T1
volume,
both hemispheres, at angle 0 and writes ``NAME.safetensors``, ``NAME.gallery.safetensors`` and the
card ``NAME.json``.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from brainseek.catalog.core.errors import BrainseekError, exit_on_error
from brainseek.catalog.cortex.t1_volumes import cortex_volume_names, load_cortex_volume
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.gallery import vertex_gallery_bytes
from brainseek.embedder.networks.embedding import build_network
from brainseek.embedder.preprocessing.patch_view import PatchView
from brainseek.trainers.cortex.data import OUTSIDE
from brainseek.trainers.recipe import CortexSettings, Recipe
from brainseek.trainers.release.files import (
    finished_recipe,
    trained_weights,
    training_of,
    write_released,
)
from brainseek.trainers.tasks.task import task_of


def release_places(
    run: Path,
    name: str,
    *,
    gallery: str = "t1-mni152",
    description: str | None = None,
    folder: Path | None = None,
    progress: bool = False,
) -> CortexCard:
    """Write weights, gallery and card of a run; returns the card.

    Parameters
    ----------
    run : Path
        Folder of a finished run of a recipe with ``cortex``, on a T1 volume.
    name : str
        Name under which the encoder is released.
    gallery : str
        Volume whose vertices make the gallery, one of `brainseek.catalog.cortex.t1_volumes`.
    description : str, optional
        One sentence; by default the recipe's.
    folder : Path, optional
        Where to write, if not in the project's ``weights/cortex``.
    progress : bool
        Show a progress bar.

    Raises
    ------
    BrainseekError
        If the run is not finished, learned no patches of a T1 volume, or a file is too large to
        be committed; or the gallery's volume is unknown or missing, or the folder can't be written.
    """
    recipe = finished_recipe(run)
    settings = _settings(run, recipe)
    network = build_network(recipe.network.trunk, recipe.network.dim)
    weights = trained_weights(run, network)
    learned_from = [settings.data, *settings.also]
    place = load_cortex_volume(gallery)
    card = CortexCard(
        name=name,
        description=description or recipe.description,
        surface=place.surface.name,
        data=gallery,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        view=PatchView(settings.side_px, settings.pixel_um, settings.planes, OUTSIDE),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        gallery_sha256="",
        training=training_of(run, recipe, network, {"data": learned_from}),
        measured={},
    )
    encoder = CortexEncoder(card, network, torch.device("cpu"))
    scores = task_of(recipe).validate(network)
    vertices = np.flatnonzero(place.surface.cortex)
    vectors = encoder.embed_vertices(place.volume, place.surface, vertices, progress=progress)
    content = vertex_gallery_bytes(vertices, vectors)
    card = dataclasses.replace(
        card,
        gallery_sha256=hashlib.sha256(content).hexdigest(),
        measured={split: dataclasses.asdict(score) for split, score in scores.items()},
    )
    write_released(folder, card, weights, content)
    return card


def _settings(run: Path, recipe: Recipe) -> CortexSettings:
    settings = recipe.cortex
    if settings is None:
        raise BrainseekError(
            f"'{run}' learned plates and no cortical places: release it with `python -m "
            "brainseek.trainers.release.plates`."
        )
    if settings.data not in cortex_volume_names():
        raise BrainseekError(
            f"'{run}' learned from {settings.data} and the gallery is cut from T1 volumes: train "
            f"on one of {', '.join(cortex_volume_names())}."
        )
    return settings


@exit_on_error()
def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("name", help="name under which the encoder is released")
    parser.add_argument("--gallery", default="t1-mni152", choices=cortex_volume_names())
    parser.add_argument("--description", help="one sentence on its use")
    arguments = parser.parse_args()
    card = release_places(
        arguments.run,
        arguments.name,
        gallery=arguments.gallery,
        description=arguments.description,
        progress=True,
    )
    print(card.identity, json.dumps(card.measured, indent=2))


if __name__ == "__main__":
    main()
