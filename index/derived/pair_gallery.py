"""The patches of prepared pairs as a collection that is kept in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.pairs.patches import tissue_centres
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import PairStore
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.derived.cached_collection import place_beside
from brainseek.index.modalities.paired_rows import index_pairs

EVERY_UM = 500.0
"""Distance of the patches of the collection."""
AT_ONCE = 8
"""Pairs whose rows are written together."""


def gallery_folder(store: PairStore, encoder: str) -> Path:
    """Return where the collection of the patches of prepared pairs belongs; it isn't made here."""
    name = f"pairs-{store.name}-{store.stamp}-{EVERY_UM:g}__{encoder}"
    return cache_dir() / "collections" / name


def make_gallery(
    store: PairStore,
    pairs: Sequence[SectionPair],
    encoder: MultimodalEncoder,
    report: Callable[[float], None],
) -> Path:
    """Embed patches of both stains of pairs, and move the collection to its place when done.

    Parameters
    ----------
    store : PairStore
    pairs : sequence of SectionPair
        All of the store.
    encoder : MultimodalEncoder
    report : callable
        Gets the share that is done, 0 to 1.

    Returns
    -------
    Path
        `gallery_folder`.

    Raises
    ------
    BrainseekError
        If no pair shows enough tissue, the encoder does not know a stain, or the cache can't be
        written.
    """
    frame = encoder.card.frame
    filled = [pair for pair in pairs if len(tissue_centres(pair, frame, EVERY_UM))]
    if not filled:
        raise BrainseekError(
            f"no pair of {store.name} shows {frame.side_um / 1000:g} mm of tissue in both stains; "
            "prepare other pairs."
        )
    folder = gallery_folder(store, encoder.identity)
    with place_beside(folder) as workplace:
        fresh = workplace / "patches"
        for start in range(0, len(filled), AT_ONCE):
            report(start / len(filled))
            some = filled[start : start + AT_ONCE]
            index_pairs(fresh, encoder, some, EVERY_UM, name=store.name, progress=False)
        if not folder.exists():  # or else another visitor was faster
            fresh.rename(folder)
    return folder


def open_gallery(store: PairStore, encoder: str) -> Collection | None:
    """Open the collection of the patches of prepared pairs; None where it was not made yet."""
    folder = gallery_folder(store, encoder)
    return Collection.open(folder, encoder=encoder) if folder.exists() else None
