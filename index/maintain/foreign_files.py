"""What lies in the folder of a local collection and is no part of one."""

from pathlib import Path

from brainseek.index.table.location import TABLE
from brainseek.index.table.writer_lock import LOCK_FILE
from brainseek.index.vector_cache.cache import CACHE, CODES, CURRENT, ROWS, STAMP, VECTORS

DROPPED = ".dropped"
"""What the Lance table is called from the moment on when the collection is no more."""

LANCE_FOLDERS = (
    "_deletions",
    "_indices",
    "_refs",
    "_transactions",
    "_versions",
    "data",
    "tree",
)
"""The folders that Lance makes inside a table."""


def foreign_files(folder: Path, *, in_caches: bool = True) -> list[Path]:
    """Return what lies in the folder of a local collection and is no part of it.

    Parameters
    ----------
    folder : Path
        A folder that is there.
    in_caches : bool
        Look into each cache too; otherwise all that lies in one belongs to it.

    Returns
    -------
    list of Path
        Inside ``folder``: of its own files, the table's and the search index'.
    """
    known = {f"{TABLE}.lance", CACHE, DROPPED, LOCK_FILE}
    found = [path for path in sorted(folder.iterdir()) if path.name not in known]
    found += foreign_in_table(folder / f"{TABLE}.lance")
    for path in sorted((folder / CACHE).glob("*")):
        if path.name in (CURRENT, LOCK_FILE) or path.name.startswith(f".{CURRENT}-"):
            continue
        if not path.name.startswith("build-"):
            found.append(path)
        elif in_caches:
            found += _foreign_in_cache(path)
    return found


def foreign_in_table(table: Path) -> list[Path]:
    """Return what Lance doesn't make in the folder of a table; nothing where there is none."""
    return [path for path in sorted(table.glob("*")) if path.name not in LANCE_FOLDERS]


def _foreign_in_cache(build: Path) -> list[Path]:
    """Return what is no file of a cache; all of it if it is no folder."""
    if not build.is_dir():
        return [build]
    parts = {STAMP, VECTORS, CODES, ROWS}
    return [path for path in sorted(build.iterdir()) if path.name not in parts]
