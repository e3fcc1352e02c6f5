"""What can be searched for: a vector, an image, a window, a row, a place in the atlas, words."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section, read_section
from brainseek.index.table.schema import Window

if TYPE_CHECKING:
    from brainseek.embedder.encoder import Encoder
    from brainseek.index.collection import Collection


@dataclass(frozen=True, eq=False)
class ByImage:
    """An image: a `Section`, an array (rows, columns[, 3]) or the path of a file."""

    image: Section | NDArray[np.generic] | Path | str


@dataclass(frozen=True)
class ByWindow:
    """A part of an image file, in pixels of its full resolution."""

    path: Path | str
    window: Window
    plane: int | None = None
    axis: int | None = None


@dataclass(frozen=True)
class ByRow:
    """More like this: the id of a row of the collection. The row itself is not a hit."""

    id: str


@dataclass(frozen=True)
class ByPosition:
    """What looks like the tissue at a place in atlas space, in µm.

    The row that lies nearest stands for the place; it is not a hit itself.
    """

    ap_um: float
    dv_um: float
    ml_um: float
    within_um: float = 1000.0


@dataclass(frozen=True)
class ByText:
    """Words, for an encoder that was trained with a text tower."""

    text: str


Query = ByImage | ByWindow | ByRow | ByPosition | ByText
"""Everything that :meth:`brainseek.index.collection.Collection.search` takes beside a vector."""


def query_vector(
    collection: "Collection", query: ArrayLike | Query, encoder: "Encoder | None"
) -> tuple[NDArray[np.float32], str | None]:
    """Return the vector (d,) to search with, and the id of the row it came from, if any.

    Raises
    ------
    BrainseekError
        The image can't be read, no row has this id or lies there, the encoder has no tower for
        it or is another one than the collection's, or an array is not one vector.
    """
    if not isinstance(query, Query):
        return _given_vector(collection, query, encoder), None
    if isinstance(query, ByRow):
        return collection.vector(query.id), query.id
    if isinstance(query, ByPosition):
        here = collection.at(query.ap_um, query.dv_um, query.ml_um, k=1, within_um=query.within_um)
        if not here:
            raise BrainseekError(
                f"no row of {collection.uri} lies within {query.within_um:g} µm of "
                f"({query.ap_um:g}, {query.dv_um:g}, {query.ml_um:g}) µm; search farther, or add "
                "rows with atlas positions."
            )
        name = str(here[0].row["id"])
        return collection.vector(name), name
    tower = encoder or load_writer(collection.encoder)
    collection.require_encoder(tower.identity)
    if isinstance(query, ByText):
        embed_text = getattr(tower, "embed_text", None)
        if embed_text is None:
            raise BrainseekError(
                f"encoder {tower.identity} has no tower for text, so '{query.text}' has no vector; "
                "search its metadata with match=… (--match) instead."
            )
        return np.asarray(embed_text([query.text])[0], np.float32), None
    return tower.embed([_picture(query)])[0], None


def _given_vector(
    collection: "Collection", query: ArrayLike, encoder: "Encoder | None"
) -> NDArray[np.float32]:
    if encoder is not None:
        collection.require_encoder(encoder.identity)
    vector = np.asarray(query, np.float32)
    if vector.ndim != 1:
        raise BrainseekError(
            f"a query of shape {vector.shape} is not one vector; give ({collection.dim},), or use "
            "search_batch."
        )
    return vector


def load_writer(identity: str) -> "Encoder":
    """Load the encoder that wrote a collection.

    Raises
    ------
    BrainseekError
        It is not on this machine, or the one of that name has changed since.
    """
    from brainseek.embedder.registry import load_encoder

    encoder = load_encoder(identity.partition("@")[0])
    if encoder.identity != identity:
        raise BrainseekError(
            f"the collection was written by encoder {identity} and the one here is "
            f"{encoder.identity}; search by vector or row, or embed the images again."
        )
    return encoder


def _picture(query: ByImage | ByWindow) -> Section | NDArray[np.generic]:
    if isinstance(query, ByWindow):
        from brainseek.catalog.sections.window import read_window

        return read_window(query.path, query.window, slice_index=query.plane, axis=query.axis)
    if isinstance(query.image, Path | str):
        return read_section(query.image)
    return query.image
