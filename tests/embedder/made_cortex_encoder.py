"""Untrained cortex encoders with small galleries: everything but the learning, in a second."""

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from brainseek.catalog.cortex.t1_volumes import CortexVolume, load_cortex_volume
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cards.files import gallery_path
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.gallery import vertex_gallery_bytes
from brainseek.embedder.networks.embedding import build_network, export_state, restore_state
from brainseek.embedder.preprocessing.patch_view import PatchView

FLAT = PatchView(24, 4000.0, 1, 0.3)
BLOCK = PatchView(16, 5000.0, 3, 0.3)


@cache
def _made(base: Path) -> Path:
    folder = base / "place-encoders"
    release_made(folder, "flat", FLAT)
    release_made(folder, "block", BLOCK)
    return folder


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the encoders "flat" (1 plane) and "block" (3 planes)."""
    return _made(tmp_path_factory.getbasetemp())


@cache
def template() -> CortexVolume:
    """Return the T1 template with its surface."""
    return load_cortex_volume("t1-mni152")


def gallery_vertices(place: CortexVolume, count: int) -> np.ndarray:
    """Return different cortical vertices of both hemispheres, rising."""
    rng = np.random.default_rng(3)
    return np.sort(rng.choice(np.flatnonzero(place.surface.cortex), count, replace=False))


def release_made(
    folder: Path, name: str, view: PatchView, count: int = 150, dim: int = 8, seed: int = 0
) -> CortexCard:
    """Write an untrained network with the gallery of some vertices of the template."""
    torch.manual_seed(seed)
    trunk = "graynet" if view.planes == 1 else "graynet-planes"
    network = build_network(trunk, dim)
    state = export_state(network)
    restore_state(network, state)
    weights = save(state)

    def card(gallery: bytes) -> CortexCard:
        return CortexCard(
            name, "made by a test", "fsaverage5", "t1-mni152", trunk, dim, view,
            hashlib.sha256(weights).hexdigest(), hashlib.sha256(gallery).hexdigest(), {}, {},
        )  # fmt: skip

    encoder = CortexEncoder(card(b""), network.eval(), torch.device("cpu"))
    place = template()
    vertices = gallery_vertices(place, count)
    vectors = encoder.embed_vertices(place.volume, place.surface, vertices)
    gallery = vertex_gallery_bytes(vertices, vectors)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.safetensors").write_bytes(weights)
    gallery_path(name, folder).write_bytes(gallery)
    (folder / f"{name}.json").write_text(card(gallery).to_json(), encoding="utf-8")
    return card(gallery)
