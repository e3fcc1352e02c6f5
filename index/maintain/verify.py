"""Look at every byte of a collection and name what is wrong."""

from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.maintain.foreign_files import foreign_files
from brainseek.index.maintain.verify_cache import check_cache
from brainseek.index.maintain.verify_fault import Fault, reason
from brainseek.index.maintain.verify_rows import Progress, check_version
from brainseek.index.table.location import TABLE, local_folder
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import collection_schema


def verify_collection(uri: Path | str, progress: Progress | None = None) -> list[Fault]:
    """Read a collection from end to end and return what is wrong with it.

    The files and rows of the newest version and of every snapshot, the manifests of all
    versions, the cache, and files that don't belong there. Memory is bounded by a batch of rows
    and 8 bytes an id. In an object store no folders are listed.

    Lance keeps no checksums: a byte of a data file that changed is found when the file can't be
    decoded any more, when a vector isn't of unit length, or when the row differs from the one
    in the cache; thumbnails and rows added after the cache was made may change unnoticed.

    Parameters
    ----------
    uri : path or str
        Folder of the collection, or ``s3://bucket/key``.
    progress : callable, optional
        Called with (rows read, rows in all).

    Returns
    -------
    list of Fault
        Empty: all is well. An old cache and what killed processes left behind are no faults.

    Raises
    ------
    BrainseekError
        There is no collection at all.
    """
    uri = str(uri)
    folder = local_folder(uri)
    if folder is not None and not (folder / f"{TABLE}.lance").is_dir():
        RowTable.open(uri)  # says so
    faults = []
    if folder is not None:
        for path in foreign_files(folder):
            faults.append(Fault(_inside(folder, path), "it is no part of a collection"))
    try:
        table = RowTable.open(uri)
    except BrainseekError as error:
        if error.__cause__ is None:  # it can be read, but is another format or no collection
            return [*faults, Fault("schema", str(error))]
        unread = _check_manifests(uri, folder)
        return [*faults, *(unread or [Fault(uri, reason(error))])]
    faults += _check_manifests(uri, folder)
    faults += _check_schema(table)
    if any(fault.where == "schema" for fault in faults):
        return faults
    cache, unsound = check_cache(table)
    faults += unsound
    read: set[str] = set()
    faults += check_version(table, cache, read, progress)
    return faults + _check_snapshots(table, read)


def _inside(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _check_manifests(uri: str, folder: Path | None) -> list[Fault]:
    """Open every version; an object store only names those that it can read."""
    if folder is None:
        return []
    faults, readable = [], 0
    bad: list[tuple[int, str, str]] = []
    for path in (folder / f"{TABLE}.lance" / "_versions").glob("*.manifest"):
        if not path.stem.isdecimal():
            continue
        number = int(path.stem)
        version = 2**64 - 1 - number if number >= 2**63 else number
        try:
            RowTable.open(uri, version)
            readable = max(readable, version)
        except BrainseekError as error:
            bad.append((version, _inside(folder, path), reason(error)))
    for version, name, what in sorted(bad):
        advice = f"delete it to go back to version {readable}" if version > readable > 0 else ""
        faults.append(Fault(name, "; ".join(filter(None, [what, advice]))))
    return faults


def _check_schema(table: RowTable) -> list[Fault]:
    """Compare names and types of the columns with those of this release."""
    there = {column.name: column.type for column in table.schema}
    dim = getattr(there.get("vector"), "list_size", 0)
    expected = {column.name: column.type for column in collection_schema("any", max(1, dim))}
    faults = []
    for name in sorted(there.keys() | expected.keys()):
        if there.get(name) != expected.get(name):
            kinds = f"{there.get(name, 'missing')} and not {expected.get(name, 'known')}"
            faults.append(Fault("schema", f"column '{name}' is {kinds}"))
    return faults


def _check_snapshots(table: RowTable, read: set[str]) -> list[Fault]:
    """Read what the named versions have beyond the newest one."""
    try:
        names = table.tags()
    except BrainseekError as error:
        return [Fault(f"{TABLE}.lance/_refs/tags", reason(error))]
    faults = []
    for name in names:
        try:
            found = check_version(RowTable.open(table.uri, name), None, read)
        except BrainseekError as error:
            faults.append(Fault(f"snapshot '{name}'", reason(error)))
        else:
            faults += [Fault(p.where, f"{p.what} (in snapshot '{name}')") for p in found]
    return faults
