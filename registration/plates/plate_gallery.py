"""The plates of any atlas as an encoder sees them, embedded here and kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.embedder.gallery import Gallery
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.index.derived.cached_collection import cached_collection
from brainseek.index.derived.plates import plate_uri
from brainseek.index.table.schema import Row


def plate_gallery(atlas: Atlas, encoder: PlateEncoder, *, progress: bool = False) -> Gallery:
    """Return the embedded plates of an atlas; embed them first where that was not done yet.

    They are embedded anew when a picture or the position of a plate has changed.

    Parameters
    ----------
    atlas : Atlas
    encoder : PlateEncoder
    progress : bool
        Show how far the embedding is.

    Raises
    ------
    BrainseekError
        When the pictures can't be read or the cache can't be written.
    """
    images = [atlas.plate_image(plate.number) for plate in atlas.plates]

    def rows() -> Iterator[Row]:
        vectors = encoder.embed(images, progress=progress)
        for vector, plate in zip(vectors, atlas.plates, strict=True):
            yield Row(
                vector=vector,
                kind="plate",
                source_uri=plate_uri(atlas.name, plate.number),
                atlas=atlas.name,
                plate=plate.number,
                position_um=plate.position_um,
            )

    fingerprint = _fingerprint(atlas, images)
    collection = cached_collection(f"{atlas.name}__plates", encoder, fingerprint, rows)
    found = collection.table.read(["plate", "vector", "position_um"])
    order = np.argsort(found["plate"].to_numpy(), kind="stable")
    vectors = np.stack(found["vector"].to_numpy(zero_copy_only=False))[order].astype(np.float32)
    return Gallery(
        vectors,
        found["plate"].to_numpy()[order].astype(np.int64),
        atlas.name,
        encoder.identity,
        found["position_um"].to_numpy()[order].astype(np.float64),
    )


def _fingerprint(atlas: Atlas, images: list[np.ndarray]) -> str:
    """Return a digest of all plates: numbers, positions and pictures."""
    digest = hashlib.sha256()
    for plate, image in zip(atlas.plates, images, strict=True):
        digest.update(repr((plate.number, plate.position_um, image.shape)).encode())
        digest.update(np.ascontiguousarray(image).tobytes())
    return digest.hexdigest()
