"""Commits alone: `Collection.add_table` beside the raw append of Lance, and into a large table."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.report.table import Row, Table
from benchmarks.shared.resources import seconds_of
from benchmarks.shared.vectors import clustered, made_rows
from brainseek.index.collection import Collection
from brainseek.index.table.schema import checked_table

SIZES = (256, 2048, 16_384, 65_536)
DIM, ROWS, MOST_COMMITS = 256, 65_536, 32
LARGE_DIM, LARGE_CHUNK, DEFAULT_COMMIT = 16, 250_000, 2048


@dataclass(frozen=True)
class Commits:
    """Rows a second with commits of one size, each the median over commits.

    Attributes
    ----------
    size, number : int
        Rows of a commit, and how many commits were timed.
    ours, raw : float
        Median seconds of a commit through `Collection.add_table` and of a raw append.
    """

    size: int
    number: int
    ours: float
    raw: float

    def row(self) -> Row:
        """Return the line of the table."""
        return (
            f"{self.size:,}",
            str(self.number),
            f"{1000 * self.ours:,.1f}",
            f"{self.size / self.ours:,.0f}",
            f"{1000 * self.raw:,.1f}",
            f"{self.size / self.raw:,.0f}",
            f"{self.ours / self.raw:.1f}",
        )


def time_commits(
    data: pa.Table, size: int, folder: Path, runs: int, most: int = MOST_COMMITS
) -> Commits:
    """Write a table in commits of one size, ours and raw in turns, ``runs`` times from empty.

    ``most`` commits are made, though the table may hold more rows.
    """
    import lance

    starts = range(0, min(data.num_rows, size * most), size)
    ours, raw = [], []
    for number in range(runs):
        dim = data.schema.field("vector").type.list_size
        collection = Collection.create(folder / f"ours-{size}-{number}", "made@00000000", dim)
        whole = checked_table(data, collection.table.schema)
        place = str(folder / f"raw-{size}-{number}.lance")
        lance.write_dataset(whole.slice(0, 0), place)
        for start in starts:
            ours.append(seconds_of(collection.add_table, data.slice(start, size)))
            part = whole.slice(start, size)
            raw.append(seconds_of(lance.write_dataset, part, place, mode="append"))
    return Commits(size, len(ours), float(np.median(ours)), float(np.median(raw)))


def commit_table(runs: int) -> Table:
    """Time all sizes of commits."""
    vectors, _, cluster = clustered(ROWS, 1, DIM)
    data = made_rows(vectors, cluster, 0)
    with tempfile.TemporaryDirectory() as name:
        found = [time_commits(data, size, Path(name), runs) for size in SIZES]
    return Table(
        f"Commits alone: made rows with metadata, {DIM} dimensions, no thumbnails",
        ("rows a commit", "commits", "ours (ms)", "rows/s", "raw Lance (ms)", "rows/s", "ratio"),
        tuple(one.row() for one in found),
        (
            "Medians over commits, ours and raw in turns, each into its own table that begins "
            f"empty {runs} times. Ours checks types, unit length and ids, looks every id up among "
            "those that are there and replaces rows; the raw append does none of that.",
        ),
    )


def large_table(
    sizes: tuple[int, ...], commits: int, rows: int = DEFAULT_COMMIT, chunk: int = LARGE_CHUNK
) -> Table:
    """Time commits of some rows into a collection that holds many already, added in chunks."""
    last = max(sizes)
    vectors, _, cluster = clustered(last + commits * rows, 1, LARGE_DIM)
    lines: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        collection = Collection.create(Path(name) / "large", "made@00000000", LARGE_DIM)
        held = 0

        def add(count: int) -> float:
            nonlocal held
            part = slice(held, held + count)
            data = made_rows(vectors[part], cluster[part], held)
            held += count
            return seconds_of(collection.add_table, data)

        for size in sorted(sizes):
            while held < size:
                add(min(chunk, size - held))
            before = held
            times = [add(rows) for _ in range(commits)]
            middle = float(np.median(times))
            speed = f"{rows / middle:,.0f}"
            lines.append((f"{before:,}", str(commits), f"{1000 * middle:,.1f}", speed))
    return Table(
        f"Commits of {rows:,} rows into a collection that grows ({LARGE_DIM} dimensions)",
        ("rows there before", "commits", "median (ms)", "rows/s"),
        tuple(lines),
        ("Every id is looked up among those that are there, so a commit costs more as it grows.",),
    )
