"""What there is to know about a collection at a glance."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from brainseek.index.collection import Collection
from brainseek.index.maintain.recall import RecallCheck, check_recall
from brainseek.index.search.view import make_view
from brainseek.index.table.schema import FORMAT_KEY
from brainseek.index.vector_cache.approximate import Setting
from brainseek.index.vector_cache.cache import Cache, cache_place
from brainseek.index.vector_cache.load import load_cache

LAST_VERSIONS = 10
"""How many versions :func:`collection_info` names."""


@dataclass(frozen=True)
class Group:
    """Rows of the same kind, atlas, stain and modality; None where a row names none."""

    kind: str
    atlas: str | None
    stain: str | None
    modality: str | None
    rows: int


@dataclass(frozen=True)
class SearchIndex:
    """The cache that searches use.

    Attributes
    ----------
    kind : str
        ``"flat"``: every vector is looked at; otherwise the FAISS factory string of the codes.
    setting : Setting or None
        How an approximate search was tuned.
    version, rows : int
        Version of the table that it was made from, and how many rows that had.
    changes : int
        Rows that were added or deleted since; they are searched exactly.
    seconds : float
        How long it took to make.
    bytes : int
        Size of its files.
    """

    kind: str
    setting: Setting | None
    version: int
    rows: int
    changes: int
    seconds: float
    bytes: int


@dataclass(frozen=True)
class CollectionInfo:
    """What :func:`collection_info` returns.

    Attributes
    ----------
    uri, encoder, format : str
    dim, rows, version : int
        Length of a vector, number of rows and the version that is read.
    groups : tuple of Group
        The rows by kind, atlas, stain and modality; the largest group first.
    versions : tuple of (int, datetime)
        The last versions and when they were committed (local time), the newest first.
    snapshots : dict of str to int
        The version behind each snapshot.
    fragments : int
        Files of rows of this version; `Collection.compact` joins them.
    table_bytes : int
        Size of the table's files, all versions together.
    search_index : SearchIndex or None
        None when there is none yet, or it can't be used; the next search makes it.
    recall : RecallCheck or None
        None when it was not asked for or there are fewer than two rows.
    """

    uri: str
    encoder: str
    format: str
    dim: int
    rows: int
    version: int
    groups: tuple[Group, ...]
    versions: tuple[tuple[int, datetime], ...]
    snapshots: dict[str, int]
    fragments: int
    table_bytes: int
    search_index: SearchIndex | None
    recall: RecallCheck | None


def collection_info(collection: Collection, recall: bool = False) -> CollectionInfo:
    """Describe a collection.

    Parameters
    ----------
    collection : Collection
    recall : bool
        Measure the recall as well; this makes the search index if there is none.

    Raises
    ------
    BrainseekError
        The table can't be read, or the search index can't be made.
    """
    table = collection.table
    rows = len(collection)
    measured = check_recall(collection) if recall and rows > 1 else None
    versions = [(v["version"], v["time"]) for v in table.versions()]
    return CollectionInfo(
        uri=collection.uri,
        encoder=collection.encoder,
        format=(table.schema.metadata or {}).get(FORMAT_KEY, b"?").decode(),
        dim=collection.dim,
        rows=rows,
        version=table.version,
        groups=_groups(collection),
        versions=tuple(sorted(versions, reverse=True)[:LAST_VERSIONS]),
        snapshots=table.tags(),
        fragments=len(table.fragments()),
        table_bytes=sum(table.file_sizes().values()),
        search_index=_search_index(collection, measured is not None),
        recall=measured,
    )


def _groups(collection: Collection) -> tuple[Group, ...]:
    import pyarrow as pa

    names = ["kind", "atlas", "stain", "modality"]
    counts: dict[tuple[str, str | None, str | None, str | None], int] = {}
    for batch in collection.table.scan(names):
        found = pa.table(batch).group_by(names).aggregate([([], "count_all")])
        for group in found.to_pylist():
            key = (group["kind"], group["atlas"], group["stain"], group["modality"])
            counts[key] = counts.get(key, 0) + group["count_all"]
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return tuple(Group(*key, rows) for key, rows in ordered)


def _search_index(collection: Collection, loaded: bool) -> SearchIndex | None:
    place = cache_place(collection.table)
    if loaded:
        view = collection.view()
        return _described(view.cache, view.changes, place)
    cache, _ = load_cache(place, collection.encoder)
    if cache is None:
        return None
    return _described(cache, make_view(collection.table, cache).changes, place)


def _described(cache: Cache, changes: int, place: Path) -> SearchIndex:
    stamp = cache.stamp
    return SearchIndex(
        stamp.kind, stamp.setting, stamp.version, stamp.rows, changes, stamp.seconds, _size(place)
    )


def _size(folder: Path) -> int:
    """Return the bytes of all files; one that another process replaces meanwhile counts as 0."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total
