"""Rows that many workers write beside a table, and the one commit that makes them count."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class WrittenRows:
    """A file of rows that no version of the table names yet. It can be sent to another process.

    Attributes
    ----------
    fragment : str
        What Lance has to know about the file, as JSON.
    ids : pa.Array of string
        The ids of its rows.
    """

    fragment: str
    ids: "pa.Array"


def write_rows(place: str, data: "pa.Table") -> WrittenRows:
    """Write a file of rows into the folder of a Lance table; readers of the table don't see it.

    Parameters
    ----------
    place : str
        The Lance table, which must exist.
    data : pa.Table
        Rows of exactly its schema, at least 1 and at most a million.
    """
    from lance.fragment import write_fragments

    (fragment,) = write_fragments(data, place, mode="append")
    return WrittenRows(json.dumps(fragment.to_json()), data["id"].combine_chunks())


def adding(dataset: Any, parts: Sequence[WrittenRows]) -> tuple[Any, int]:
    """Return the Lance operation that adds rows to a table, and their number.

    Rows whose ids are in the table already are left out. The operation is a ``Merge`` because of
    its rule about conflicts: its commit fails when anybody committed anything since the version
    that ``dataset`` is at, and an upsert that was begun before it and ends after it is made
    again. Lance puts an ``Append`` or ``Update`` on top of commits that came in between,
    whatever ids those added, so an id could be there twice.

    Parameters
    ----------
    dataset : lance.LanceDataset
        At its newest version.
    parts : sequence of WrittenRows
        Written for this table; no id occurs twice in them.

    Returns
    -------
    (lance.LanceOperation.Merge, int)
    """
    from lance import FragmentMetadata, LanceOperation

    new = _absent(dataset, parts)
    kept = [fragment.metadata for fragment in dataset.get_fragments()]
    first = max((fragment.id for fragment in kept), default=-1) + 1
    for number, part in enumerate(new, start=first):
        facts = {**json.loads(part.fragment), "id": number}
        kept.append(FragmentMetadata.from_json(json.dumps(facts)))
    return LanceOperation.Merge(kept, dataset.lance_schema), sum(len(part.ids) for part in new)


def _absent(dataset: Any, parts: Sequence[WrittenRows]) -> list[WrittenRows]:
    """Return the rows that the table doesn't have; files that hold others are written anew."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ours = pa.chunked_array([part.ids for part in parts], pa.string())
    there = dataset.to_table(columns=["id"])["id"]
    double = there.filter(pc.is_in(there, value_set=ours)).combine_chunks()
    new = []
    for part in parts:
        fresh = pc.invert(pc.is_in(part.ids, value_set=double))
        if pc.all(fresh).as_py():
            new.append(part)
        elif pc.any(fresh).as_py():
            new.append(write_rows(dataset.uri, _read(dataset.uri, part).filter(fresh)))
    return new


def _read(place: str, part: WrittenRows) -> "pa.Table":
    """Return the rows of a file that is not committed."""
    from lance.file import LanceFileReader

    path = json.loads(part.fragment)["files"][0]["path"]
    return LanceFileReader(f"{place}/data/{path}").read_all().to_table()
