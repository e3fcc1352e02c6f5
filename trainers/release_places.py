"""Turn a finished run on cortical places into a released encoder under ``weights/cortex/``.

``python -m trainers.release_places RUN NAME`` embeds every vertex of the cortex of a T1 volume,
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
from safetensors.torch import load_file, save

from catalog.cortex_volumes import cortex_volume_names, load_cortex_volume
from catalog.errors import BrainseekError
from catalog.whole_file import writable_folder, write_whole
from embedder.networks import build_network, count_parameters, export_state, restore_state
from embedder.place_card import PlaceCard, places_dir
from embedder.place_encoder import PlaceEncoder
from embedder.place_gallery import place_gallery_bytes, place_gallery_path
from embedder.place_view import PlaceView
from trainers.cortex_data import OUTSIDE
from trainers.recipe import CortexSettings, Recipe, load_recipe
from trainers.release import LARGEST_BYTES
from trainers.task import task_of


def release_places(
    run: Path,
    name: str,
    *,
    gallery: str = "t1-mni152",
    description: str | None = None,
    folder: Path | None = None,
    progress: bool = False,
) -> PlaceCard:
    """Write weights, gallery and card of a run; returns the card.

    Parameters
    ----------
    run : Path
        Folder of a finished run of a recipe with ``cortex``, on a T1 volume.
    name : str
        Name under which the encoder is released.
    gallery : str
        Volume whose vertices make the gallery, one of `catalog.cortex_volumes`.
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
        be committed; or the gallery's volume is unknown or missing.
    """
    state_path = run / "network.safetensors"
    if not state_path.is_file():
        raise BrainseekError(f"'{run}' holds no finished run: train it to the end first.")
    recipe = load_recipe(run / "recipe.yaml")
    settings = _settings(run, recipe)
    network = build_network(recipe.network.trunk, recipe.network.dim)
    restore_state(network, load_file(state_path))
    weights = save(export_state(network))
    _check_size("weights", weights)
    place = load_cortex_volume(gallery)
    card = PlaceCard(
        name=name,
        description=description or recipe.description,
        surface=place.surface.name,
        data=gallery,
        trunk=recipe.network.trunk,
        dim=recipe.network.dim,
        view=PlaceView(settings.side_px, settings.pixel_um, settings.planes, OUTSIDE),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        gallery_sha256="",
        training={
            "recipe": recipe.name,
            "settings": json.loads(json.dumps(dataclasses.asdict(recipe))),
            "environment": json.loads((run / "environment.json").read_text(encoding="utf-8")),
            "data": [settings.data, *settings.also],
            "parameters": count_parameters(network),
        },
        measured={},
    )
    encoder = PlaceEncoder(card, network.eval(), torch.device("cpu"))
    scores = task_of(recipe).validate(network)
    vertices = np.flatnonzero(place.surface.cortex)
    vectors = encoder.embed_vertices(place.volume, place.surface, vertices, progress=progress)
    content = place_gallery_bytes(vertices, vectors)
    _check_size("gallery", content)
    card = dataclasses.replace(
        card,
        gallery_sha256=hashlib.sha256(content).hexdigest(),
        measured={split: dataclasses.asdict(score) for split, score in scores.items()},
    )
    out = writable_folder(folder or places_dir())
    write_whole(out / f"{name}.safetensors", weights)
    write_whole(place_gallery_path(name, out), content)
    write_whole(out / f"{name}.json", card.to_json().encode())
    return card


def _settings(run: Path, recipe: Recipe) -> CortexSettings:
    settings = recipe.cortex
    if settings is None:
        raise BrainseekError(
            f"'{run}' learned plates and no cortical places: release it with `python -m "
            "trainers.release`."
        )
    if settings.data not in cortex_volume_names():
        raise BrainseekError(
            f"'{run}' learned from {settings.data} and the gallery is cut from T1 volumes: train "
            f"on one of {', '.join(cortex_volume_names())}."
        )
    return settings


def _check_size(what: str, content: bytes) -> None:
    if len(content) > LARGEST_BYTES:
        raise BrainseekError(
            f"The {what} take {len(content)} bytes, more than the {LARGEST_BYTES} a released file "
            "may have: take a smaller network or fewer dimensions."
        )


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
