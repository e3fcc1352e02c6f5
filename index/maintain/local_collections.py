"""The local collections: where they lie, and whether one is still the same."""

import os
from collections.abc import Iterator
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.table.location import TABLE


def find_collections(folder: Path | str) -> Iterator[Path]:
    """Yield the folders of the collections in a folder and below it, sorted by path.

    Links and hidden folders are not followed.

    Raises
    ------
    BrainseekError
        It is no folder.
    """
    top = Path(folder)
    if not top.is_dir():
        raise BrainseekError(f"{folder} is no folder; give the folder that holds collections.")
    for path, folders, _ in os.walk(top):
        if f"{TABLE}.lance" in folders:
            yield Path(path)
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def collections_in(folder: Path) -> list[Path]:
    """Return the collections that lie directly in a folder, sorted; none if it can't be read."""
    try:
        return [path for path in sorted(folder.iterdir()) if (path / f"{TABLE}.lance").is_dir()]
    except OSError:
        return []


def born(uri: str) -> tuple[int, int]:
    """Return numbers that change when a local collection is dropped and made anew."""
    folder = None if "://" in uri else Path(uri)
    try:
        facts = None if folder is None else (folder / f"{TABLE}.lance").stat()
    except OSError:
        facts = None
    return (0, 0) if facts is None else (facts.st_ino, facts.st_ctime_ns)
