"""The plates of an atlas as a collection: built from the shipped gallery, kept in the cache."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.gallery import Gallery, load_gallery
from brainseek.embedder.registry import read_card
from brainseek.index.collection import Collection
from brainseek.index.derived.cached_collection import cached_collection, current_collection
from brainseek.index.table.schema import Row
from brainseek.index.writing.thumbnails import jpeg

if TYPE_CHECKING:
    from brainseek.catalog.atlases.atlas import Atlas

_PICTURED = " with pictures"


def plate_uri(atlas: str, plate: int) -> str:
    """Return the source URI of a plate, ``atlas://NAME/plate/NUMBER``."""
    return f"atlas://{atlas}/plate/{plate}"


def plate_collection(atlas: str, encoder: str) -> Collection:
    """Open the collection of an atlas' plates; build it first when it is missing or out of date.

    The vectors and positions come from the gallery that ships beside the encoder's weights; the
    thumbnails are there when the plate images are on this machine. A table that is damaged, was
    made from another gallery, or lacks pictures that have arrived since is made again.

    Parameters
    ----------
    atlas : str
        Name of the atlas, e.g. ``"mouse-nissl"``.
    encoder : str
        Name of an encoder that has a gallery of that atlas.

    Raises
    ------
    BrainseekError
        The encoder has no gallery of this atlas, or the cache can't be written.
    """
    card, gallery = read_card(encoder, kind=PlateCard), load_gallery(encoder)
    if gallery.reference != atlas:
        raise BrainseekError(
            f"encoder {encoder} was released with the plates of {gallery.reference} and not of "
            f"{atlas}; choose --atlas {gallery.reference} or another encoder."
        )
    bare = _fingerprint(gallery)
    pictured = current_collection(atlas, card, bare + _PICTURED)
    if pictured is not None:
        return pictured
    images = _atlas_with_pictures(atlas, int(gallery.numbers[0]))
    fingerprint = bare if images is None else bare + _PICTURED
    return cached_collection(atlas, card, fingerprint, lambda: _rows(gallery, images))


def _fingerprint(gallery: Gallery) -> str:
    """Return a digest of everything that a collection takes from a gallery."""
    digest = hashlib.sha256()
    digest.update(np.ascontiguousarray(gallery.vectors, np.float32).tobytes())
    digest.update(np.ascontiguousarray(gallery.numbers, np.int64).tobytes())
    digest.update(np.ascontiguousarray(gallery.position_um, np.float64).tobytes())
    return digest.hexdigest()


def _atlas_with_pictures(name: str, first_plate: int) -> "Atlas | None":
    """Return the atlas if its plate images are on this machine."""
    from brainseek.catalog.atlases.registry import load_atlas

    try:
        atlas = load_atlas(name)
        atlas.plate_image(first_plate)
    except BrainseekError:
        return None
    return atlas


def _rows(gallery: Gallery, pictured: "Atlas | None") -> Iterator[Row]:
    """Yield the plates, with thumbnails where there are pictures."""
    for vector, plate, position in zip(
        gallery.vectors, gallery.numbers.tolist(), gallery.position_um.tolist(), strict=True
    ):
        yield Row(
            vector=vector,
            kind="plate",
            source_uri=plate_uri(gallery.reference, plate),
            atlas=gallery.reference,
            plate=plate,
            position_um=position,
            thumbnail=None if pictured is None else jpeg(pictured.plate_image(plate)),
        )
