"""From a query to the vector that is compared with the rows."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.queries import ByImage, ByPosition, ByRow, ByText
from brainseek.index.search.near_place import rows_near
from brainseek.index.search.view import View

if TYPE_CHECKING:
    from brainseek.embedder.encoder import Encoder


def query_vector(
    query: ByImage | ByText | ByRow | ByPosition, view: View, uri: str, encoder: str
) -> tuple[NDArray[np.float32], str | None]:
    """Return the vector (d,) to search with, and the id of the row it came from, if any.

    Parameters
    ----------
    query : ByImage, ByText, ByRow or ByPosition
    view : View
        The rows that are searched.
    uri, encoder : str
        Place of the collection, and identity of the encoder that wrote it.

    Raises
    ------
    BrainseekError
        The image can't be read, no row has this id or lies there, or the encoder has no tower for
        it, needs or lacks a modality, or is another one than the collection's.
    """
    match query:
        case ByRow():
            return row_vector(view, uri, query.id), query.id
        case ByPosition():
            name = _row_at(query, view, uri)
            return row_vector(view, uri, name), name
        case ByText():
            return _text_vector(query, _tower(query.encoder, uri, encoder)), None
    tower = _tower(query.encoder, uri, encoder)
    if query.find is not None:
        tower.check_modality(query.find)
    if query.modality is None:
        image = query.image if isinstance(query.image, np.ndarray) else query.section
        return tower.embed([image])[0], None
    gray = query.gray()
    return tower.embed(gray.image[None], query.modality, gray.pixel_size_um)[0], None


def row_vector(view: View, uri: str, row: str) -> NDArray[np.float32]:
    """Return the embedding (d,) of the row with an id.

    Raises
    ------
    BrainseekError
        There is none.
    """
    found = view.find([row])
    if not found:
        raise BrainseekError(
            f"no row of {uri} has the id '{row}'; ids are in the results of a search."
        )
    return view.vectors(np.array(list(found.values()), np.int64))[0]


def check_writer(given: str, uri: str, writer: str) -> None:
    """Refuse vectors of any encoder but the one that wrote a collection.

    Raises
    ------
    BrainseekError
        ``given`` is another one; the message names both.
    """
    if given != writer:
        raise BrainseekError(
            f"the collection {uri} was written by encoder {writer} and not by {given}, and their "
            f"vectors can't be compared; query with {writer} or make a new collection."
        )


def _row_at(query: ByPosition, view: View, uri: str) -> str:
    """Return the id of the row that lies nearest to a place."""
    place = (query.ap_um, query.dv_um, query.ml_um)
    here = rows_near(view, view.numbers(), place, 1, query.within_um)
    if not here:
        raise BrainseekError(
            f"no row of {uri} lies within {query.within_um:g} µm of ({query.ap_um:g}, "
            f"{query.dv_um:g}, {query.ml_um:g}) µm; search farther, or add rows with atlas "
            "positions."
        )
    return str(here[0].row["id"])


def _text_vector(query: ByText, tower: "Encoder") -> NDArray[np.float32]:
    embed_text = getattr(tower, "embed_text", None)
    if embed_text is None:
        raise BrainseekError(
            f"encoder {tower.identity} has no tower for text, so '{query.text}' has no vector; "
            "search its metadata with match=… (--match) instead."
        )
    return np.asarray(embed_text([query.text])[0], np.float32)


def _tower(given: "Encoder | str | None", uri: str, writer: str) -> "Encoder":
    """Return the encoder to query with; without one, that which wrote the collection."""
    from brainseek.embedder.registry import load_encoder

    if given is not None:
        found = load_encoder(given) if isinstance(given, str) else given
        check_writer(found.identity, uri, writer)
        return found
    found = load_encoder(writer.partition("@")[0])
    if found.identity != writer:
        raise BrainseekError(
            f"the collection was written by encoder {writer} and the one here is "
            f"{found.identity}; search by vector or row, or embed the images again."
        )
    return found
