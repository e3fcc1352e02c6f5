"""Collections that are derived from other data and kept in the user's cache folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.index.collection import Collection
from brainseek.index.table.address import TABLE
from brainseek.index.table.schema import Row


def make_derived(
    folder: Path,
    encoder: str,
    dim: int,
    rows: Sequence[Row],
    stamps: Mapping[str, str] | None = None,
) -> Collection:
    """Write a collection beside its place in the cache and move it there.

    Readers see the former collection or the new one, never a part; of two processes that make
    it at the same time, the first wins.

    Parameters
    ----------
    folder : Path
        Its place, inside `brainseek.catalog.core.paths.cache_dir`; what lies there is replaced.
    encoder, dim, rows, stamps
        As in :meth:`brainseek.index.collection.Collection.create`.

    Raises
    ------
    BrainseekError
        A row is not valid, the cache can't be written, or the former collection can't be
        replaced.
    """
    with place_beside(folder) as fresh:
        Collection.create(fresh, encoder, dim, rows, stamps)
        _move_into_place(fresh, folder)
    return Collection.open(folder, encoder=encoder)


@contextmanager
def place_beside(folder: Path) -> Iterator[Path]:
    """Give a new folder beside a place in the cache; what is left of it at the end is deleted.

    Parameters
    ----------
    folder : Path
        A place inside `brainseek.catalog.core.paths.cache_dir`.

    Raises
    ------
    BrainseekError
        The cache can't be written.
    """
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
