"""Collections that are derived from other data and kept in the user's cache folder."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.embedder.cards.card import Card
from brainseek.embedder.encoder import Encoder
from brainseek.index.collection import Collection
from brainseek.index.table.files import deletion_file
from brainseek.index.table.lance_call import UnreadableTable
from brainseek.index.table.location import TABLE
from brainseek.index.table.schema import Row

COMMIT_ROWS = 50_000
"""Rows that are written at once."""
_FINGERPRINT = "fingerprint"


def cached_collection(
    key: str,
    encoder: Encoder | Card,
    fingerprint: str,
    make_rows: Callable[[], Iterable[Row]],
    commit_rows: int = COMMIT_ROWS,
) -> Collection:
    """Open a derived collection; make it first where it is missing, damaged or stale.

    Readers see the former collection or the new one, never a part; of two processes that make
    it at the same time, the first wins.

    Parameters
    ----------
    key : str
        What it holds, as a file name; each encoder has its own beside it.
    encoder : Encoder or Card
        Who embedded its rows.
    fingerprint : str
        Digest of what its rows are made from; another one means that they are stale. Empty where
        the key says all.
    make_rows : callable
        Makes its rows; only called where they are needed.
    commit_rows : int
        Rows of a commit.

    Raises
    ------
    BrainseekError
        A row can't be made or is not valid, or the cache can't be read or written.
    """
    found = current_collection(key, encoder, fingerprint)
    if found is not None:
        return found
    folder = collection_folder(key, encoder)
    with _place_beside(folder) as fresh:
        rows = iter(make_rows())
        stamps = {_FINGERPRINT: fingerprint}
        first = list(islice(rows, commit_rows))
        made = Collection.create(fresh, encoder.identity, encoder.dim, first, stamps)
        while block := list(islice(rows, commit_rows)):
            made.add(block)
        _move_into_place(fresh, folder)
    return Collection.open(folder, encoder=encoder.identity)


def current_collection(key: str, encoder: Encoder | Card, fingerprint: str) -> Collection | None:
    """Open a derived collection as :func:`cached_collection`; None where it had to be made."""
    try:
        collection = Collection.open(collection_folder(key, encoder))
        table = collection.table
        if table.wrong_files() or any(map(deletion_file, table.fragments())):
            return None
    except UnreadableTable:
        return None
    same = collection.encoder == encoder.identity
    return collection if same and (collection.stamp(_FINGERPRINT) or "") == fingerprint else None


def collection_folder(key: str, encoder: Encoder | Card) -> Path:
    """Return where a derived collection belongs; it isn't made here."""
    return cache_dir() / "collections" / f"{key}__{encoder.identity}"


@contextmanager
def _place_beside(folder: Path) -> Iterator[Path]:
    """Give a new folder beside a place in the cache; what is left of it at the end is deleted."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    except OSError as error:
        raise BrainseekError(
            f"the cache {cache_dir()} can't be written ({error.strerror}); set BRAINSEEK_CACHE "
            "to a folder that you may write to."
        ) from error
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _move_into_place(fresh: Path, folder: Path) -> None:
    """Put a new collection where the old one was; a process that came first at it wins."""
    old = fresh.with_name(fresh.name + ".old")
    try:
        if folder.exists():
            os.rename(folder, old)
        os.rename(fresh, folder)
    except OSError as error:
        if not (folder / f"{TABLE}.lance").is_dir():
            raise BrainseekError(
                f"the collection {folder} can't be replaced ({error.strerror}); delete that "
                "folder and try again."
            ) from error
    finally:
        shutil.rmtree(old, ignore_errors=True)
