"""Prepared pairs on this machine, and the collection of their patches that the page searches."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import BrainseekError
from catalog.pair_patches import PairFrame
from catalog.pair_store import TABLE
from catalog.pairs import SectionPair
from catalog.paths import cache_dir

if TYPE_CHECKING:
    from embedder.cross_card import CrossCard
    from embedder.cross_encoder import CrossEncoder
    from index.collection import Collection

EVERY_UM = 500.0
"""Distance of the patches of the collection."""
AT_ONCE = 8
"""Pairs whose rows are written together."""


@dataclass(frozen=True)
class PairStore:
    """A folder of prepared pairs.

    Attributes
    ----------
    name : str
        E.g. nissl-af.
    folder : Path
    stamp : str
        Differs when its files do.
    """

    name: str
    folder: Path
    stamp: str


def pair_stores() -> list[PairStore]:
    """Return the prepared pairs in the cache, by name; see `brainseek pairs`."""
    tables = sorted((cache_dir() / "pairs").glob(f"*/{TABLE}"))
    return [PairStore(table.parent.name, table.parent, _stamp(table)) for table in tables]


def _stamp(table: Path) -> str:
    try:
        facts = [(path.name, path.stat().st_size) for path in sorted(table.parent.glob("*.npz"))]
        content = table.read_bytes() + repr(facts).encode()
    except OSError as error:
        raise BrainseekError(
            f"the pairs in {table.parent} can't be read ({error.strerror}); make them anew with "
            f"`brainseek pairs {table.parent.name}`."
        ) from error
    return hashlib.sha256(content).hexdigest()[:8]


def gallery_folder(store: PairStore, encoder: str) -> Path:
    """Return where the collection of the patches of prepared pairs belongs; it isn't made here."""
    name = f"pairs-{store.name}-{store.stamp}-{EVERY_UM:g}__{encoder}"
    return cache_dir() / "collections" / name


def make_gallery(
    store: PairStore,
    pairs: Sequence[SectionPair],
    encoder: "CrossEncoder",
    report: Callable[[float], None],
) -> Path:
    """Embed patches of both stains of pairs, and move the collection to its place when done.

    Parameters
    ----------
    store : PairStore
    pairs : sequence of SectionPair
        All of the store.
    encoder : CrossEncoder
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
    from catalog.pair_patches import tissue_centres
    from index.paired_rows import index_pairs

    frame = frame_of(encoder.card)
    filled = [pair for pair in pairs if len(tissue_centres(pair, frame, EVERY_UM))]
    if not filled:
        raise BrainseekError(
            f"no pair of {store.name} shows {frame.side_um / 1000:g} mm of tissue in both stains; "
            "prepare other pairs."
        )
    folder = gallery_folder(store, encoder.identity)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        workplace = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    except OSError as error:
        raise BrainseekError(
            f"the cache {cache_dir()} can't be written ({error.strerror}); set BRAINSEEK_CACHE "
            "to a folder that you may write to."
        ) from error
    try:
        fresh = workplace / "patches"
        for start in range(0, len(filled), AT_ONCE):
            report(start / len(filled))
            some = filled[start : start + AT_ONCE]
            index_pairs(fresh, encoder, some, EVERY_UM, name=store.name, progress=False)
        if not folder.exists():  # or else another visitor was faster
            fresh.rename(folder)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return folder


def open_gallery(store: PairStore, encoder: str) -> "Collection | None":
    """Open the collection of the patches of prepared pairs; None where it was not made yet."""
    from index.collection import Collection

    folder = gallery_folder(store, encoder)
    return Collection.open(folder, encoder=encoder) if folder.exists() else None


def frame_of(card: "CrossCard") -> PairFrame:
    """Return the size of the patches of an encoder."""
    return PairFrame(card.side_px, card.pixel_um)


def source_uri(store: PairStore, pair: str, modality: str) -> str:
    """Return where the rows of one image of a pair say that they come from."""
    return f"pair://{store.name}/{pair}/{modality}"
