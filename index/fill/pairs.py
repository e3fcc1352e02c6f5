"""Patches of pairs of sections as rows of a collection, both modalities side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tqdm import tqdm

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import cut_pair, tissue_centres
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.table.schema import Row
from brainseek.index.writing.collection_writer import CollectionWriter, Written
from brainseek.index.writing.patch_row import patch_row, upright_window
from brainseek.index.writing.places import Place, places_at


def index_pairs(
    pairs: Sequence[SectionPair],
    collection: Path | str,
    encoder: MultimodalEncoder,
    every_um: float = 400.0,
    *,
    name: str = "pairs",
    least_tissue: float = 0.5,
    progress: bool = True,
) -> Written:
    """Write patches of both images of pairs to a collection, embedded by their own towers.

    Rows are of kind ``patch`` with the source ``pair://NAME/PAIR/MODALITY``, their modality, the
    window (the upright square around the middle; the second patch itself is turned as the
    transform turns the tissue), the place in the atlas and the structure there where the pair has
    an atlas, and the patch as a PNG thumbnail. The note is JSON with pair, group and number of the
    place: the two rows of one place share it. Ids follow from source and window, so a run that was
    interrupted may be repeated: equal rows replace each other.

    Parameters
    ----------
    pairs : sequence of SectionPair
    collection : path or str
        Folder of the collection, or ``s3://bucket/key``; it is made if there is none.
    encoder : MultimodalEncoder
        It decides size and scale of the patches.
    every_um : float
        Distance of the places along rows and columns of the first image.
    name : str
        Of the set of pairs, e.g. nissl-af.
    least_tissue : float
        Share of a patch that must be tissue in both images.
    progress : bool
        Show a progress bar.

    Raises
    ------
    BrainseekError
        If a modality is unknown to the encoder, another encoder wrote the collection, no pair
        shows enough tissue, or the collection can't be written.
    """
    for modality in sorted({one for pair in pairs for one in pair.modalities}):
        encoder.check_modality(modality)
    frame = encoder.card.frame
    writer = CollectionWriter(collection, encoder.identity)
    batches = (
        pair_rows(pair, encoder, every_um, name, least_tissue)
        for pair in tqdm(pairs, desc="embedding pairs", unit="pair", disable=not progress)
    )
    written = writer.write(batches, encoder.dim)
    if not written:
        raise BrainseekError(
            f"none of {len(pairs)} pairs has a patch of {frame.side_um:g} µm with "
            f"{least_tissue:.0%} tissue in both images; give larger sections or a smaller share."
        )
    return Written(writer.ready(encoder.dim), written)


def pair_rows(
    pair: SectionPair,
    encoder: MultimodalEncoder,
    every_um: float,
    name: str,
    least_tissue: float = 0.5,
) -> list[Row]:
    """Embed the patches of one pair; their rows, as :func:`index_pairs` writes them."""
    frame = encoder.card.frame
    centres = tissue_centres(pair, frame, every_um, least_tissue)
    if not len(centres):
        return []
    places: list[Place | None] = [None] * len(centres)
    if pair.atlas is not None:
        places = [*places_at(_atlas(pair.atlas), pair.places_um(centres))]
    pictures = cut_pair(pair, centres, frame)
    rows: list[Row] = []
    for image, spots, patches in zip(
        (pair.first, pair.second), (centres, pair.transform(centres)), pictures, strict=True
    ):
        uri = pair_uri(name, pair.name, image.modality)
        vectors = encoder.embed(patches, image.modality)
        rows += [
            patch_row(
                vectors[number],
                patches[number],
                source_uri=uri,
                window=upright_window(spot, frame, image.pixel_um),
                pixel_um=image.pixel_um,
                modality=image.modality,
                atlas=pair.atlas,
                place=place,
                note=json.dumps({"pair": pair.name, "group": pair.group, "place": number}),
            )
            for number, (spot, place) in enumerate(zip(spots, places, strict=True))
        ]
    return rows


def pair_uri(name: str, pair: str, modality: str) -> str:
    """Return where the rows of one image of a pair say that they come from.

    Parameters
    ----------
    name : str
        Of the set of pairs.
    pair, modality : str
        Name of the pair, and of its image.
    """
    return f"pair://{name}/{pair}/{modality}"


@lru_cache(maxsize=2)
def _atlas(name: str) -> Atlas:
    return load_atlas(name)
