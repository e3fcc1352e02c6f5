"""The cortex as an encoder of places sees it: one vector for each vertex, beside its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.embedder.cards.cortex import places_dir, read_place_card
from brainseek.embedder.cards.files import read_gallery


@dataclass(frozen=True, eq=False)
class PlaceGallery:
    """Embeddings of the cortical vertices of a surface.

    Attributes
    ----------
    vertices : ndarray, (m,), int64
        Numbers of the vertices, rising.
    vectors : ndarray, (m, dim), float32
        Unit vectors.
    surface, data : str
        Names of the surface and of the volume.
    encoder : str
        Identity of the encoder.
    """

    vertices: NDArray[np.int64]
    vectors: NDArray[np.float32]
    surface: str
    data: str
    encoder: str


def load_place_gallery(encoder: str, folder: Path | None = None) -> PlaceGallery:
    """Read the gallery of a place encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown or the file doesn't match the card.
    """
    folder = folder or places_dir()
    card = read_place_card(encoder, folder)
    arrays = read_gallery(encoder, folder, card.gallery_sha256)
    vectors = arrays["vectors"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vertices = arrays["vertices"].astype(np.int64)
    return PlaceGallery(vertices, vectors, card.surface, card.data, card.identity)


def place_gallery_bytes(vertices: NDArray[np.int64], vectors: NDArray[np.float32]) -> bytes:
    """Contents of a gallery file; vectors are stored in half precision."""
    from safetensors.numpy import save

    return save({"vertices": vertices.astype(np.int32), "vectors": vectors.astype(np.float16)})
