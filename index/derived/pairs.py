"""The patches of prepared pairs as a collection that is kept in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import tissue_centres
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import PairStore
from brainseek.embedder.cards.card import Card
from brainseek.embedder.encoder import Encoder
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.derived.cached_collection import cached_collection, current_collection
from brainseek.index.fill.pairs import pair_rows
from brainseek.index.table.schema import Row

EVERY_UM = 500.0
"""Distance of the patches of the collection."""


def pair_collection(
    store: PairStore,
    pairs: Sequence[SectionPair],
    encoder: MultimodalEncoder,
    report: Callable[[float], None],
) -> Collection:
    """Open the patches of both stains of pairs; embed them first where that was not done yet.

    Parameters
    ----------
    store : PairStore
    pairs : sequence of SectionPair
        All of the store.
    encoder : MultimodalEncoder
    report : callable
        Gets the share that is done, 0 to 1.

    Raises
    ------
    BrainseekError
        If no pair shows enough tissue, the encoder does not know a stain, or the cache can't be
        written.
    """
    frame = encoder.card.frame

    def rows() -> Iterator[Row]:
        filled = [pair for pair in pairs if len(tissue_centres(pair, frame, EVERY_UM))]
        if not filled:
            raise BrainseekError(
                f"no pair of {store.name} shows {frame.side_um / 1000:g} mm of tissue in both "
                "stains; prepare other pairs."
            )
        for number, pair in enumerate(filled):
            report(number / len(filled))
            yield from pair_rows(pair, encoder, EVERY_UM, name=store.name)

    return cached_collection(_key(store), encoder, "", rows)


def pair_collection_here(store: PairStore, encoder: Encoder | Card) -> Collection | None:
    """Open the patches of prepared pairs; None where they were not embedded yet."""
    return current_collection(_key(store), encoder, "")


def _key(store: PairStore) -> str:
    return f"pairs-{store.name}-{store.stamp}-{EVERY_UM:g}"
