"""Search in collections beside raw FAISS, lancedb and hnswlib: recall, speed, memory, disk.

``python -m benchmarks.search``. Every method runs in a process of its own on the same vectors.
"""

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report.in_process import in_process
from benchmarks.report.report import Report, run
from benchmarks.report.table import Row, Table
from benchmarks.search.collection import measure_collection
from benchmarks.search.libraries import METHODS, THREADS, K, measure_library
from benchmarks.shared.patch_vectors import patch_vectors
from benchmarks.shared.vectors import clustered
from brainseek.index.vector_cache.exact import ExactIndex

GROWTH = (10_000, 100_000, 300_000, 1_000_000)
QUERIES, DIM = 1000, 256
COLUMNS = (
    "method", "build (s)", "recall@10", "q/s batch 100", "ms batch 1", "memory (MB)", "disk (MB)",
)  # fmt: skip
_KEPT = ("table", "cache")
GROWN = {
    "rows": "{rows:,}",
    "index": "{kind}",
    "write (s)": "{written_s:.1f}",
    "index (s)": "{indexed_s:.1f}",
    "recall@10": "{recall:.4f}",
    "q/s batch 100": "{batch_qps:,.0f}",
    "ms batch 1": "{single_ms:.3f}",
    "table (bytes/row)": "{table_bytes:,.0f}",
    "cache (bytes/row)": "{cache_bytes:,.0f}",
    "memory (MB)": "{memory_mb:,.0f}",
}


def write_folder(
    folder: Path, vectors: np.ndarray, queries: np.ndarray, cluster: np.ndarray
) -> None:
    """Put vectors, queries and the true neighbours where the methods look for them."""
    folder.mkdir()
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "queries.npy", queries)
    np.save(folder / "cluster.npy", cluster)
    np.save(folder / "truth.npy", ExactIndex(vectors).search(queries, K)[1])


def line_of(measured: dict[str, Any]) -> Row:
    """Return the row of one method."""

    def number(value: float, digits: int = 0) -> str:
        return "" if value is None or np.isnan(value) else f"{value:,.{digits}f}"

    return (
        measured["method"],
        number(measured["build_s"], 1),
        f"{measured['recall']:.4f}",
        number(measured["batch_qps"]),
        number(measured["single_ms"], 3),
        number(measured["memory_mb"]),
        number(measured["disk_mb"]),
    )


def against_raw(ours: dict[str, Any]) -> str:
    """Say how our end-to-end search compares with the bare library."""
    by_name = {one["method"]: one for one in ours["measured"]}
    raw = by_name["raw FAISS, same index"]
    said = []
    for name in ("ours, with metadata", "ours, hits alone"):
        mine = by_name[name]
        said.append(
            f"{name}: {mine['batch_qps'] / raw['batch_qps']:.2f} x the queries/s of raw FAISS "
            f"on the same index (batch 100), {mine['single_ms'] - raw['single_ms']:+.3f} ms for a "
            "single query"
        )
    return (
        "; ".join(said) + ". Metadata: all columns of all hits as an Arrow table; hits alone fetch "
        "them when they are looked at."
    )


def compare(folder: Path, title: str, peers: bool) -> tuple[Table, dict[str, Any]]:
    """Measure all methods on the vectors of a folder."""
    ours = in_process(measure_collection, str(folder))
    lines = [line_of(one) for one in ours["measured"]]
    notes = [
        f"{THREADS} threads; index by rule: {ours['kind']}, tuned: {ours['setting']}. 'build' of "
        f"ours is writing the Lance table ({ours['written_s']:.1f} s) and making the search index "
        f"({ours['indexed_s']:.1f} s); 'disk' is the table ({ours['table_mb']:,.0f} MB) and the "
        f"cache ({ours['cache_mb']:,.0f} MB).",
        against_raw(ours),
        f"check_recall of the collection says {ours['recall_check']:.4f}.",
    ]
    for name in METHODS if peers else ():
        measured = in_process(measure_library, name, str(folder))
        if measured is None:
            notes.append(f"{name} is not installed here: `pip install 'brainseek[bench,peers]'`.")
        lines += [line_of(one) for one in measured or ()]
    return Table(title, COLUMNS, tuple(lines), tuple(notes)), ours


def condition_table(ours: dict[str, Any], title: str) -> Table:
    """Return the table of searches under conditions."""
    lines = tuple(
        (name, f"{rows:,}", f"{recall:.4f}", f"{qps:,.0f}", f"{ms:.2f}")
        for name, rows, recall, qps, ms in ours["conditions"]
    )
    notes = (
        "200 queries; truth is exact search under the same condition. 'Whole clusters': most "
        "queries lie in clusters that the condition leaves out.",
    )
    return Table(
        title, ("condition", "rows", "recall@10", "q/s batch 100", "ms batch 1"), lines, notes
    )


def growth_table(results: list[dict[str, Any]]) -> Table:
    """Return how cost grows, with 10⁸ rows by calculation from the last measured line."""
    measured = []
    for one in results:
        sizes = {f"{what}_bytes": 1e6 * one[f"{what}_mb"] / one["rows"] for what in _KEPT}
        measured.append(one["measured"][0] | one | sizes)
    last = results[-1]
    factor = 1e8 / last["rows"]
    table_gb, cache_gb = (last[f"{what}_mb"] * factor / 1e3 for what in _KEPT)
    codes_gb = 1e8 * (DIM // 8 + 8 + 4) / 1e9
    table = Table.of("How cost grows (clustered vectors, 256 dimensions)", GROWN, measured)
    bytes_a_row = table.rows[-1][-3:-1]
    calculated = ("100,000,000 (calculated)", "IVF65536,PQ64x4fs", *[""] * 5, *bytes_a_row,
                  f"{1e3 * codes_gb:,.0f}")  # fmt: skip
    notes = (
        f"10⁸ is calculated from the bytes a row: {table_gb:,.0f} GB of table and "
        f"{cache_gb:,.0f} GB of cache on disk; memory is the codes ({DIM // 8} bytes), the ids of "
        "their rows (8) and their norms (4), as the exact vectors are mapped from disk. Building "
        f"the cache holds all vectors in memory ({1e8 * DIM * 4 / 1e9:,.0f} GB), which is the "
        "limit of one machine.",
    )
    return replace(table, rows=(*table.rows, calculated), notes=notes)


def measure(arguments: argparse.Namespace) -> Report:
    """Measure everything."""
    place = Path(tempfile.mkdtemp(prefix="brainseek-search-"))
    tables, results = [], []
    try:
        for rows in [n for n in GROWTH if n <= arguments.rows]:
            folder = place / str(rows)
            write_folder(folder, *clustered(rows, QUERIES, DIM))
            largest = rows == min(arguments.rows, GROWTH[-1])
            title = f"{rows:,} clustered unit vectors (made), {DIM} dimensions, {QUERIES} queries"
            table, ours = compare(folder, title, peers=largest)
            results.append(ours)
            if largest:
                tables += [table, condition_table(ours, f"Conditions on {rows:,} rows")]
            shutil.rmtree(folder)
        tables.append(growth_table(results))
        vectors, label = patch_vectors(arguments.patches)
        order = np.random.default_rng(0).permutation(len(vectors))
        held, kept = order[: QUERIES // 2], order[QUERIES // 2 :]
        folder = place / "real"
        cluster = np.zeros(len(kept), np.int32)
        write_folder(folder, vectors[kept], vectors[held], cluster)
        tables.append(
            compare(folder, f"{len(kept):,} real patch embeddings: {label}", peers=True)[0]
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return Report(
        "Search in a collection, API and metadata included, beside the bare libraries.",
        tuple(tables),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="largest made collection")
    parser.add_argument("--patches", type=int, default=20_000, help="real patches to embed")
    run("search", parser, measure)


if __name__ == "__main__":
    main()
