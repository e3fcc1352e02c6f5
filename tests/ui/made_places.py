"""A released cortex encoder without a network: vectors that follow from where a vertex lies."""

from pathlib import Path

import numpy as np

from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.surface import Surface
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.gallery import vertex_gallery_bytes
from brainseek.embedder.preprocessing.patch_view import PatchView

NAME = "made-places"
DIM = 16


def made_vectors(surface: Surface, vertices: np.ndarray) -> np.ndarray:
    """Smooth unit vectors (m, DIM) of |x|, y, z, so that mirrored places are nearly equal."""
    rng = np.random.default_rng(0)
    mm = surface.vertices_um[vertices] / 1000
    mm[:, 0] = np.abs(mm[:, 0])
    waves = mm @ rng.normal(0, 1 / 45, (3, DIM)) + rng.uniform(0, 2 * np.pi, DIM)
    vectors = np.cos(waves)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def release_made_places(weights: Path, name: str = NAME) -> None:
    """Write card and gallery under ``weights/cortex``, as a release does."""
    import hashlib

    surface = load_surface("fsaverage5")
    vertices = np.flatnonzero(surface.cortex)
    content = vertex_gallery_bytes(vertices, made_vectors(surface, vertices))
    folder = weights / "cortex"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.safetensors").touch()
    (folder / f"{name}.gallery.safetensors").write_bytes(content)
    card = CortexCard(
        name=name,
        description="made for tests",
        surface="fsaverage5",
        data="t1-mni152",
        trunk="none",
        dim=DIM,
        view=PatchView(side_px=24, pixel_um=4000.0, planes=3, outside=0.3),
        weights_sha256="0" * 64,
        gallery_sha256=hashlib.sha256(content).hexdigest(),
        training={},
        measured={},
    )
    (folder / f"{name}.json").write_text(card.to_json(), encoding="utf-8")
