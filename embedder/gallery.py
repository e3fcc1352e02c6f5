"""A reference as an encoder sees it: the plates of an atlas, the vertices of a surface.

It lies beside the weights, so that a section can be identified before any picture is downloaded.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cards.files import gallery_path, read_checked
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.registry import home_of, read_card


@dataclass(frozen=True, eq=False)
class Gallery:
    """Embeddings of all plates of an atlas, or of all cortical vertices of a surface.

    Attributes
    ----------
    vectors : ndarray, (n, dim), float32
        Unit vectors.
    numbers : ndarray, (n,), int64
        Plate numbers, or vertices, rising.
    reference, encoder : str
        Name of the atlas or surface, identity of the encoder.
    position_um : ndarray, (n,), float64
        Positions of the plates along the atlas' cutting axis, µm; of vertices (0,), because the
        surface says where they are.
    """

    vectors: NDArray[np.float32]
    numbers: NDArray[np.int64]
    reference: str
    encoder: str
    position_um: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


def load_gallery(encoder: str, folder: Path | None = None) -> Gallery:
    """Read the gallery of a released encoder of plates or of the cortex.

    Raises
    ------
    BrainseekError
        If the encoder is unknown or has no gallery, or the file doesn't match the card.
    """
    from safetensors.numpy import load

    card = read_card(encoder, folder)
    if not isinstance(card, PlateCard | CortexCard):
        raise BrainseekError(
            f"The encoder '{encoder}' is for {card.task} and has no gallery: choose one for "
            "plates or cortex."
        )
    path = gallery_path(encoder, home_of(encoder, folder))
    arrays = load(read_checked(path, card.gallery_sha256))
    vectors = arrays["vectors"].astype(np.float32)
    if isinstance(card, PlateCard):
        return Gallery(vectors, arrays["plates"], card.atlas, card.identity, arrays["position_um"])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Gallery(vectors, arrays["vertices"].astype(np.int64), card.surface, card.identity)


def plate_gallery_bytes(
    vectors: NDArray[np.float32], plates: NDArray[np.int64], position_um: NDArray[np.float64]
) -> bytes:
    """Contents of a gallery file of plates."""
    from safetensors.numpy import save

    return save({"vectors": vectors, "plates": plates, "position_um": position_um})


def vertex_gallery_bytes(vertices: NDArray[np.int64], vectors: NDArray[np.float32]) -> bytes:
    """Contents of a gallery file of vertices; vectors are stored in half precision."""
    from safetensors.numpy import save

    return save({"vertices": vertices.astype(np.int32), "vectors": vectors.astype(np.float16)})
