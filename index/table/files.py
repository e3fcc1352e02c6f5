"""The files of rows that a version of a local table consists of: there, and in full?"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Fragment:
    """One file of rows in one version of a table.

    Attributes
    ----------
    number : int
        Its number in the table.
    file : str
        Name of its data file, unique for ever.
    state : str
        Changes whenever rows of it are deleted or its columns change.
    """

    number: int
    file: str
    state: str


def fragment_facts(fragment: Any) -> Fragment:
    """Return what there is to know about a fragment of Lance."""
    facts = fragment.metadata.to_json()
    state = json.dumps([facts["files"], facts["deletion_file"]], sort_keys=True)
    return Fragment(int(facts["id"]), str(facts["files"][0]["path"]), state)


def row_files(fragment: Fragment) -> list[tuple[str, int | None]]:
    """Return path (inside the table) and length in bytes, where known, of the files of rows."""
    files = json.loads(fragment.state)[0]
    return [(f"data/{file['path']}", file["file_size_bytes"]) for file in files]


def deletion_file(fragment: Fragment) -> tuple[str, int] | None:
    """Return path (inside the table) and number of rows of the list of deleted rows, if any."""
    facts: dict[str, Any] | None = json.loads(fragment.state)[1]
    if facts is None:
        return None
    suffix = "arrow" if facts["file_type"] == "array" else "bin"
    name = f"{fragment.number}-{facts['read_version']}-{facts['id']}.{suffix}"
    return f"_deletions/{name}", int(facts["num_deleted_rows"])


def cut_short(place: Path, fragments: Iterable[Fragment]) -> list[tuple[str, str]]:
    """Return the files of rows (see :func:`wrong_files`) that are missing or too short."""
    found = []
    for fragment in fragments:
        for name, length in row_files(fragment):
            what = _wrong_length(place / name, length)
            if what:
                found.append((name, what))
    return found


def wrong_files(place: Path, fragments: Iterable[Fragment]) -> list[tuple[str, str]]:
    """Return the files that are missing or damaged, as far as can be seen without reading rows.

    Parameters
    ----------
    place : Path
        Folder of the table.
    fragments : iterable of Fragment
        Those of one version.

    Returns
    -------
    list of (str, str)
        Path inside the table, and what is wrong with the file.
    """
    found = []
    for fragment in fragments:
        found += cut_short(place, [fragment])
        deleted = deletion_file(fragment)
        if deleted is not None:
            what = _wrong_length(place / deleted[0], None) or _wrong_list(
                place / deleted[0], deleted[1]
            )
            if what:
                found.append((deleted[0], what))
    return found


def _wrong_length(path: Path, length: int | None) -> str:
    try:
        there = path.stat().st_size
    except FileNotFoundError:
        return "it is missing"
    except OSError as error:
        return f"it is out of reach ({error.strerror})"
    if length and there != length:
        return f"it has {there} bytes and was written with {length}"
    return ""


def _wrong_list(path: Path, rows: int) -> str:
    """Check a list of deleted rows before Lance reads it: a damaged one can end the process."""
    import pyarrow as pa

    if path.suffix != ".arrow":
        return "" if path.stat().st_size else "it is empty"
    try:
        with path.open("rb") as file:
            table = pa.ipc.open_file(file).read_all()
        table.validate(full=True)
    except (OSError, pa.ArrowException) as error:
        return f"it can't be read ({str(error).splitlines()[0]})"
    if table.num_columns != 1 or table.num_rows != rows:
        return f"it lists {table.num_rows} deleted rows and was written with {rows}"
    return ""
