"""Every vertex of a cortex as a row of a collection."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.cortex.t1_volumes import CortexVolume, load_cortex_volume
from brainseek.catalog.surfaces.surface import SIDES
from brainseek.catalog.surfaces.vertex_labels import VertexLabels, known_labels
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.defaults import encoder_of_cortex
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.registry import load_encoder, read_card
from brainseek.index.table.schema import Row, row_id
from brainseek.index.writing.collection_writer import COMMIT_ROWS, CollectionWriter, Written
from brainseek.index.writing.known_ids import KnownIds

_log = logging.getLogger("brainseek.index")


def index_cortex(
    data: str | None,
    collection: Path | str,
    encoder: str | None = None,
    labels: str | None = None,
    *,
    folder: Path | None = None,
    progress: bool = False,
) -> Written:
    """Write the embeddings of all vertices of a cortex to a collection.

    The same call again adds only what is missing, so a run may be stopped at any time. Rows are
    of kind ``patch`` with the source ``surface:NAME#VERTEX``; ``ap_um``, ``dv_um`` and ``ml_um``
    are MNI y, z and x, ``structure`` is the area, ``note`` the hemisphere.

    Parameters
    ----------
    data : str or None
        One of `catalog.cortex.t1_volumes.cortex_volume_names`; None: that of the encoder's
        gallery, whose vectors need no cutting.
    collection : path or str
        Folder of the collection, or ``s3://bucket/key``; it is made if there is none.
    encoder : str, optional
        Name of an encoder of the cortex; by default the one that sees most planes.
    labels : str, optional
        Labels of the surface for the columns of the structure. By default its first ones where
        their data set is on this machine, or else none, which a warning in the log says.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/``.
    progress : bool
        Show a progress bar.

    Raises
    ------
    BrainseekError
        If another encoder wrote the collection, or encoder, data or labels are unknown or missing.
    """
    card = read_card(encoder or encoder_of_cortex(folder=folder), folder, kind=CortexCard)
    place = load_cortex_volume(data or card.data)
    named, reason = known_labels(place.surface.name, labels)
    if named is None:
        _log.warning("the rows name no areas: %s", reason)
    writer = CollectionWriter(collection, card.identity)
    vertices, vectors_of = _source(card, place, folder, progress)
    ids = [vertex_id(place, int(vertex)) for vertex in vertices]
    missing = np.array(KnownIds.of(writer.collection).missing(ids), np.int64)
    blocks = (missing[i : i + COMMIT_ROWS] for i in range(0, len(missing), COMMIT_ROWS))
    batches = (
        [
            _row(place, named, int(vertex), vector)
            for vertex, vector in zip(vertices[block], vectors_of(block), strict=True)
        ]
        for block in blocks
    )
    written = writer.write(batches, card.dim)
    return Written(writer.ready(card.dim), written)


def vertex_uri(place: CortexVolume, vertex: int) -> str:
    """Return the source URI of a vertex, ``surface:NAME#VERTEX``."""
    return f"surface:{place.surface.name}#{vertex}"


def vertex_id(place: CortexVolume, vertex: int) -> str:
    """Return the id of a vertex' row; volumes that share a surface don't share ids."""
    return row_id("patch", f"{place.name} {vertex_uri(place, vertex)}")


VectorsOf = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""From places in the list of vertices to their vectors."""


def _source(
    card: CortexCard, place: CortexVolume, folder: Path | None, progress: bool
) -> tuple[NDArray[np.int64], VectorsOf]:
    """Return the vertices to write and what has or makes their vectors."""
    if place.name == card.data:
        gallery = load_gallery(card.name, folder)
        return gallery.numbers, gallery.vectors.__getitem__
    vertices = np.flatnonzero(place.surface.cortex)
    encoder = load_encoder(card.name, folder=folder, kind=CortexEncoder)
    return vertices, lambda block: encoder.embed_vertices(
        place.volume, place.surface, vertices[block], progress=progress
    )


def _row(
    place: CortexVolume, labels: VertexLabels | None, vertex: int, vector: NDArray[np.float32]
) -> Row:
    x, y, z = (float(c) for c in place.surface.vertices_um[vertex])
    area = 0 if labels is None else int(labels.ids[vertex])
    return Row(
        vector=vector,
        kind="patch",
        source_uri=vertex_uri(place, vertex),
        id=vertex_id(place, vertex),
        atlas="mni152",
        ap_um=y,
        dv_um=z,
        ml_um=x,
        structure_id=area or None,
        structure=labels.names[area] if labels is not None and area else None,
        species="human",
        stain="T1",
        specimen=place.name,
        note=f"{SIDES[int(place.surface.hemisphere[vertex])]} hemisphere",
    )
