"""The plates of an atlas as an encoder sees them, kept beside its weights.

With the gallery a section can be identified before any plate picture is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.files import read_gallery
from brainseek.embedder.cards.plates import read_card


@dataclass(frozen=True)
class Gallery:
    """Embeddings and places of an atlas' plates.

    Attributes
    ----------
    vectors : ndarray, (n, dim), float32
        Unit vectors.
    plates : ndarray, (n,), int64
        Plate numbers.
    position_um : ndarray, (n,), float64
        Position along the atlas' cutting axis, µm.
    atlas, encoder : str
        Name of the atlas, identity of the encoder.
    """

    vectors: NDArray[np.float32]
    plates: NDArray[np.int64]
    position_um: NDArray[np.float64]
    atlas: str
    encoder: str


def load_gallery(encoder: str, folder: Path | None = None) -> Gallery:
    """Read the gallery of a released encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown or the file doesn't match the card.
    """
    folder = folder or weights_dir()
    card = read_card(encoder, folder)
    arrays = read_gallery(encoder, folder, card.gallery_sha256)
    return Gallery(
        arrays["vectors"], arrays["plates"], arrays["position_um"], card.atlas, card.identity
    )


def gallery_bytes(
    vectors: NDArray[np.float32], plates: NDArray[np.int64], position_um: NDArray[np.float64]
) -> bytes:
    """Contents of a gallery file."""
    from safetensors.numpy import save

    return save({"vectors": vectors, "plates": plates, "position_um": position_um})
