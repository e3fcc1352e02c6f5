"""The collections below a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.table.address import TABLE


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
