"""Deleting a whole collection, and nothing else."""

import os
import shutil
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.maintain.foreign_files import (
    DROPPED,
    LANCE_FOLDERS,
    foreign_files,
    foreign_in_table,
)
from brainseek.index.table.location import TABLE, local_folder
from brainseek.index.table.rows import RowTable
from brainseek.index.table.writer_lock import LOCK_FILE, writer_lock
from brainseek.index.vector_cache.cache import CACHE, cache_place


def drop_collection(uri: Path | str) -> None:
    """Delete a collection with all its versions, its snapshots and its search index.

    The folder itself goes too. A drop that was killed leaves either a whole collection without
    search index, which the next search makes again, or a folder that holds no collection; the
    same call then finishes the work. In an object store Lance deletes file by file, and a kill
    may leave a collection that is damaged; there, too, the same call finishes.

    Raises
    ------
    BrainseekError
        See :func:`check_droppable`; or a file can't be deleted.
    """
    table = check_droppable(uri)
    folder = local_folder(str(uri))
    if folder is None:
        assert table is not None
        place = cache_place(table)
        table.erase()
        shutil.rmtree(place, ignore_errors=True)
        return
    outside = None if table is None else cache_place(table)
    try:
        with writer_lock(folder):
            _drop_folder(folder)
        if outside is not None and outside != folder / CACHE:
            shutil.rmtree(outside, ignore_errors=True)
        folder.rmdir()
    except OSError as error:
        raise BrainseekError(
            f"{folder} can't be deleted as a whole ({error.strerror}: {error.filename}); mend that "
            "and drop it again."
        ) from error


def check_droppable(uri: Path | str) -> RowTable | None:
    """Make sure that :func:`drop_collection` would delete a collection and nothing else.

    Returns
    -------
    RowTable or None
        None for a collection that is damaged or was dropped in part.

    Raises
    ------
    BrainseekError
        There is no collection, it is a link, or there are files that don't belong to it.
    """
    folder = local_folder(str(uri))
    if folder is not None and folder.is_symlink():
        raise BrainseekError(f"{folder} is a link; drop the folder that it leads to.")
    table = None
    if folder is None or not (folder / DROPPED).is_dir() or (folder / f"{TABLE}.lance").exists():
        try:
            table = RowTable.open(str(uri))
        except BrainseekError as error:
            if folder is None or not (folder / f"{TABLE}.lance").is_dir() or not error.__cause__:
                raise  # there is none, or it is something else; a cause means: damaged
    strangers = _strangers(folder) if folder is not None else _strange_keys(table)
    if strangers:
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        raise BrainseekError(
            f"{uri} holds what is no part of a collection: {', '.join(strangers[:5])}{more}; move "
            "that away first, nothing was deleted."
        )
    return table


def _strangers(folder: Path) -> list[str]:
    """Return the names of what would be lost with a local collection, though it is no part of it.

    A link is a stranger too: what it leads to would stay behind.
    """
    known = (f"{TABLE}.lance", CACHE, DROPPED)
    links = [folder / name for name in known if (folder / name).is_symlink()]
    foreign = foreign_files(folder, in_caches=False) + foreign_in_table(folder / DROPPED)
    return [path.relative_to(folder).as_posix() for path in links + foreign]


def _strange_keys(table: RowTable | None) -> list[str]:
    """Return the same inside a table in an object store, where nothing else can be listed."""
    assert table is not None
    names = {path.partition("/")[0] for path in table.file_sizes()}
    return sorted(names - set(LANCE_FOLDERS))


def _drop_folder(folder: Path) -> None:
    """Delete cache and table; the collection ends with one rename."""
    cache, table, dropped = folder / CACHE, folder / f"{TABLE}.lance", folder / DROPPED
    _remove(cache)
    _remove(dropped)
    if table.exists():
        os.rename(table, dropped)
    _remove(dropped)
    _remove(cache)  # a search may have made it again meanwhile
    (folder / LOCK_FILE).unlink(missing_ok=True)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
