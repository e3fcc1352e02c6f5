"""Every vertex of a cortex as a row of a collection."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.cortex.t1_volumes import CortexVolume, load_cortex_volume
from brainseek.catalog.surfaces.surface import SIDES
from brainseek.catalog.surfaces.vertex_labels import VertexLabels
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.defaults import encoder_of_cortex
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.registry import load_encoder, read_card
from brainseek.index.collection import Collection
from brainseek.index.ingest.known_ids import KnownIds
from brainseek.index.ingest.target import Target
from brainseek.index.table.schema import Row, row_id
from brainseek.registration.cortex.labels import known_labels

_log = logging.getLogger("brainseek.registration")

COMMIT_ROWS = 4096
"""Rows that are written at once."""


@dataclass(frozen=True)
class CortexRows:
    """A collection of vertices, and how many rows this call added to it."""

    collection: Collection
    added: int


def index_cortex(
    out: Path | str,
    *,
    encoder: str | None = None,
    data: str | None = None,
    labels: str | None = None,
    folder: Path | None = None,
    progress: bool = False,
) -> CortexRows:
    """Write the embeddings of all vertices of a cortex to a collection.

    The same call again adds only what is missing, so a run may be stopped at any time. Rows are
    of kind ``patch`` with the source ``surface:NAME#VERTEX``; ``ap_um``, ``dv_um`` and ``ml_um``
    are MNI y, z and x, ``structure`` is the area, ``note`` the hemisphere.

    Parameters
    ----------
    out : path or str
        Folder of the collection, or ``s3://bucket/key``; it is made if there is none.
    encoder : str, optional
        Name of an encoder of the cortex; by default the one that sees most planes.
    data : str, optional
        One of `catalog.cortex.t1_volumes.cortex_volume_names`; by default that of the encoder's
        gallery, whose vectors need no cutting.
    labels : str, optional
        Labels of the surface for the columns of the structure. By default its first ones where
        their data set is on this machine, or else none, which a warning in the log says.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/``.
    progress : bool
        Show a progress bar.

    Returns
    -------
    CortexRows

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
    target = Target(str(out), card.identity)
    vertices, vectors_of = _source(card, place, folder, progress)
    ids = [vertex_id(place, int(vertex)) for vertex in vertices]
    missing = np.array(KnownIds.of(target.collection).missing(ids), np.int64)
    collection = target.ready(card.dim)
    for start in range(0, len(missing), COMMIT_ROWS):
        block = missing[start : start + COMMIT_ROWS]
        rows = zip(vertices[block], vectors_of(block), strict=True)
        collection.add([_row(place, named, int(vertex), vector) for vertex, vector in rows])
    return CortexRows(collection, len(missing))


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
