"""Read the rows of one version of a table in full and check each of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.maintain.verify_cache import CachedFragment
from brainseek.index.maintain.verify_fault import Fault, reason
from brainseek.index.table.files import Fragment, deletion_file, row_files
from brainseek.index.table.lance_call import first_line
from brainseek.index.table.location import TABLE
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import KINDS
from brainseek.index.table.unit_vectors import unit_vectors
from brainseek.index.vector_cache.cache import Cache

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 1024

Progress = Callable[[int, int], None]
"""Called with the number of rows read so far, and of all rows."""


@dataclass
class _Rows:
    """What was found out about rows: how many are wrong in each way, and the first of them."""

    number: int = 0
    hashes: list[NDArray[np.int64]] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def note(self, what: str, bad: NDArray[np.bool_], ids: list[str]) -> None:
        """Keep the ids of rows that are wrong."""
        names = [ids[i] for i in np.flatnonzero(bad)]
        if names:
            self.wrong.setdefault(what, []).extend(names)

    def faults(self, where: str) -> list[Fault]:
        """Return one fault for each way in which rows are wrong."""
        return [
            Fault(where, f"{len(names)} of its rows {what}, the first is '{names[0]}'")
            for what, names in self.wrong.items()
        ]

    def check(self, batch: "pa.RecordBatch", cached: CachedFragment | None) -> None:
        """Look at a batch of rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if batch.num_rows == 0:
            return
        batch.validate(full=True)
        ids = batch["id"].to_pylist()
        self.number += len(ids)
        self.hashes.append(np.fromiter(map(hash, ids), np.int64, len(ids)))
        self.note("have an empty id", np.array([not name for name in ids], bool), ids)
        known = pc.is_in(batch["kind"], pa.array(KINDS)).to_numpy(zero_copy_only=False)
        self.note(f"are none of {', '.join(KINDS)}", ~known, ids)
        vectors = batch["vector"].flatten().to_numpy(zero_copy_only=False).reshape(len(ids), -1)
        if not _unit(vectors):
            bad = np.array([not _unit(vector[None]) for vector in vectors], bool)
            self.note("have a vector that is not finite or not of length 1", bad, ids)
        if cached is not None:
            changed = cached.differs(batch)
            self.note("are not what the search index was made from", changed, ids)


def _unit(vectors: NDArray[np.float32]) -> bool:
    try:
        unit_vectors(vectors)
    except BrainseekError:
        return False
    return True


def check_version(
    table: RowTable, cache: Cache | None, read: set[str], progress: Progress | None = None
) -> list[Fault]:
    """Read the files of a version that were not read yet, and check their rows.

    Parameters
    ----------
    table : RowTable
    cache : Cache or None
        To compare the rows with.
    read : set of str
        What was read or named already, and is left out; more is added.
    progress : callable, optional
    """
    import pyarrow as pa

    wrong = dict(table.wrong_files())
    news = [(name, what) for name, what in wrong.items() if name not in read]
    faults = [Fault(f"{TABLE}.lance/{name}", what) for name, what in news]
    total, number = table.count(), 0
    hashes: list[NDArray[np.int64]] = []
    whole = not read
    read.update(wrong)
    for fragment in table.fragments():
        names = _names(fragment)
        if fragment.state in read or not wrong.keys().isdisjoint(names):
            whole = False
            continue
        read.add(fragment.state)
        cached = None if cache is None else CachedFragment(cache, fragment)
        rows = _Rows()
        where = f"{TABLE}.lance/{names[0]}"
        try:
            batches = table.scan(
                table.schema.names, None, [fragment.number], cached is not None, _BATCH_ROWS
            )
            for batch in batches:
                rows.check(batch, cached)
                if progress is not None:
                    progress(number + rows.number, total)
        except BrainseekError as error:
            faults.append(Fault(where, reason(error)))
            whole = False
        except (pa.ArrowException, ValueError) as error:
            faults.append(Fault(where, f"it can't be read ({first_line(error)})"))
            whole = False
        else:
            if cached is not None and cached.unchanged and len(cached) != rows.number:
                what = f"it has {rows.number} rows and the search index {len(cached)} of it"
                faults.append(Fault(where, what))
        faults += rows.faults(where)
        number += rows.number
        hashes += rows.hashes
    if whole and number != total:
        what = f"it has {number} rows and its manifest says {total}"
        faults.append(Fault(f"{TABLE}.lance", what))
    if whole:
        faults += _check_double_ids(table, hashes)
    return faults


def _names(fragment: Fragment) -> list[str]:
    """Return the files of a fragment inside the table."""
    deleted = deletion_file(fragment)
    return [name for name, _ in row_files(fragment)] + ([deleted[0]] if deleted else [])


def _check_double_ids(table: RowTable, hashes: list[NDArray[np.int64]]) -> list[Fault]:
    """Find ids that occur twice: first by their hashes, then those few by name."""
    values, counts = np.unique(np.concatenate([*hashes, np.empty(0, np.int64)]), return_counts=True)
    double = set(values[counts > 1].tolist())
    if not double:
        return []
    found: dict[str, int] = {}
    for batch in table.scan(["id"]):
        for name in batch["id"].to_pylist():
            if hash(name) in double:
                found[name] = found.get(name, 0) + 1
    return [
        Fault(f"row '{name}'", f"its id occurs {count} times")
        for name, count in sorted(found.items())
        if count > 1
    ]
