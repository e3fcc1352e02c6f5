"""An untrained encoder of plates with a gallery: everything but the learning, in a moment."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from brainseek.embedder.cards.files import card_path, gallery_path, weights_path
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.gallery import Gallery, plate_gallery_bytes
from brainseek.embedder.networks.embedding import build_network, export_state
from brainseek.embedder.preprocessing.section_gray import Preprocessing


def made_gallery(seed: int = 0, n: int = 7, dim: int = 16, atlas: str = "toyatlas") -> Gallery:
    """Random unit vectors of plates from 1 on, 1000 µm apart."""
    vectors = np.random.default_rng(seed).normal(size=(n, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    plates = np.arange(1, n + 1)
    return Gallery(vectors.astype(np.float32), plates, atlas, "", 1000.0 * plates)


def release_toy(folder: Path, gallery: Gallery, name: str = "toy") -> PlateCard:
    """Write weights, gallery and card, as a release does."""
    torch.manual_seed(0)
    dim = gallery.vectors.shape[1]
    weights = save(export_state(build_network("graynet", dim)))
    content = plate_gallery_bytes(gallery.vectors, gallery.numbers, gallery.position_um)
    card = PlateCard(
        name, "a toy", gallery.reference, "graynet", dim, ("as-is",), Preprocessing(size=48),
        hashlib.sha256(weights).hexdigest(), hashlib.sha256(content).hexdigest(), {}, {},
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    weights_path(name, folder).write_bytes(weights)
    gallery_path(name, folder).write_bytes(content)
    card_path(name, folder).write_text(card.to_json(), encoding="utf-8")
    return card
