"""One search library, to be measured in a process of its own.

The folder holds ``vectors.npy``, ``queries.npy`` and ``truth.npy`` (the true 10 nearest). Batches
of 100 and single queries are timed after one warming round; medians.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.resources import folder_mb, resident_mb

K, BATCH, ROUNDS, SINGLES, WARMING = 10, 100, 5, 100, 5
THREADS = 2

Search = Callable[[NDArray[np.float32]], Any]


@dataclass(frozen=True)
class Measured:
    """What one method did.

    Attributes
    ----------
    method : str
    build_s : float
        From vectors in memory to an index that can be searched.
    recall : float
        Mean share of the true 10 nearest.
    batch_qps : float
        Queries a second in batches of 100, median.
    single_ms : float
        Milliseconds of one query, median.
    memory_mb, disk_mb : float
        Resident memory that searching added (10⁶ bytes), size of the files; NaN if none.
    """

    method: str
    build_s: float
    recall: float
    batch_qps: float
    single_ms: float
    memory_mb: float
    disk_mb: float


def recall(truth: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    """Mean share of the true neighbours that were found."""
    shares = [len(np.intersect1d(t, f)) / len(t) for t, f in zip(truth, found, strict=True)]
    return float(np.mean(shares))


def timed(
    searches: dict[str, Search], queries: NDArray[np.float32], rounds: int = ROUNDS
) -> dict[str, tuple[float, float]]:
    """Return (queries a second in batches, milliseconds of one query) of methods, medians.

    Methods that are timed together take turns round by round, so that what else the machine does
    meets them alike. They don't alternate call by call: the threads of one library keep a core
    busy for a moment after a call, which would be charged to the next.
    """
    batches: dict[str, list[float]] = {name: [] for name in searches}
    singles: dict[str, list[float]] = {name: [] for name in searches}
    starts = [0, *range(0, len(queries), BATCH)]
    ones = [0] * WARMING + list(range(min(len(queries), SINGLES)))
    for _ in range(rounds):
        for name, search in searches.items():
            taken = [_seconds(search, queries[i : i + BATCH]) for i in starts]
            batches[name] += taken[1:]
            taken = [_seconds(search, queries[i : i + 1]) for i in ones]
            singles[name] += taken[WARMING:]
    return {
        name: (
            min(BATCH, len(queries)) / float(np.median(batches[name])),
            1000 * float(np.median(singles[name])),
        )
        for name in searches
    }


def _seconds(search: Search, block: NDArray[np.float32]) -> float:
    begun = time.perf_counter()
    search(block)
    return time.perf_counter() - begun


def load(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Return vectors (mapped), queries and truth."""
    return (
        np.load(folder / "vectors.npy", mmap_mode="r"),
        np.load(folder / "queries.npy"),
        np.load(folder / "truth.npy"),
    )


def faiss_method(factory: str, ef: int) -> Callable[[Path], list[Measured]]:
    """Return a measurement of a plain FAISS index."""

    def measure(folder: Path) -> list[Measured]:
        import faiss

        faiss.omp_set_num_threads(THREADS)
        mapped, queries, truth = load(folder)
        before = resident_mb()
        vectors = np.array(mapped)
        held = vectors.nbytes / 1e6  # the copy that is indexed from isn't part of the index
        begun = time.perf_counter()
        index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
        index.add(vectors)
        built = time.perf_counter() - begun
        if ef:
            index.hnsw.efSearch = ef
        name = f"FAISS {factory}" + (f", ef {ef}" if ef else "")
        few = queries[:200] if not ef else queries  # exhaustive search is slow
        found = index.search(few, K)[1]
        times = timed({name: lambda q: index.search(q, K)[1]}, few, 5 if ef else 1)
        memory = resident_mb() - before - held
        del vectors
        path = folder / "raw.faiss"
        faiss.write_index(index, str(path))
        disk = path.stat().st_size / 1e6
        path.unlink()
        return [Measured(name, built, recall(truth[: len(few)], found), *times[name], memory, disk)]

    return measure


def lancedb_method(folder: Path) -> list[Measured]:
    """Measure lancedb with IVF_PQ, plain and with 10-fold refinement."""
    import lancedb
    import pyarrow as pa
    from lancedb.index import IvfPq

    mapped, queries, truth = load(folder)
    before = resident_mb()
    place = folder / "lancedb"
    begun = time.perf_counter()
    dim = mapped.shape[1]
    values = pa.FixedSizeListArray.from_arrays(pa.array(np.array(mapped).ravel()), dim)
    data = pa.table({"number": np.arange(len(mapped)), "vector": values})
    table = lancedb.connect(str(place)).create_table("t", data)
    del data, values
    # 256 partitions for a million rows at most: below, training needs enough rows each.
    config = IvfPq(distance_type="cosine", num_partitions=min(1024, len(mapped) // 256))
    table.create_index("vector", config=config)
    built = time.perf_counter() - begun
    out = []
    for refine in (0, 10):

        def search(block: NDArray[np.float32], refine: int = refine) -> NDArray[np.int64]:
            found = []
            for query in block:
                asked = table.search(query).distance_type("cosine").limit(K).select(["number"])
                if refine:
                    asked = asked.refine_factor(refine)
                found.append(asked.to_arrow()["number"].to_numpy())
            return np.array(found)

        few = queries[:200]
        name = "lancedb IVF_PQ" + (f", refine {refine}" if refine else "")
        share = recall(truth[: len(few)], search(few))
        times = timed({name: search}, few, 1)
        memory = resident_mb() - before
        out.append(Measured(name, built, share, *times[name], memory, folder_mb(place)))
    return out


def hnswlib_method(folder: Path) -> list[Measured]:
    """Measure hnswlib, M 32, at two widths of search."""
    import hnswlib

    mapped, queries, truth = load(folder)
    before = resident_mb()
    vectors = np.array(mapped)
    held = vectors.nbytes / 1e6
    begun = time.perf_counter()
    index: Any = hnswlib.Index(space="ip", dim=vectors.shape[1])
    index.init_index(max_elements=len(vectors), ef_construction=100, M=32)
    index.set_num_threads(THREADS)
    index.add_items(vectors)
    built = time.perf_counter() - begun
    memory = resident_mb() - before - held
    path = folder / "hnswlib.bin"
    index.save_index(str(path))
    disk = path.stat().st_size / 1e6
    path.unlink()
    out = []
    for ef in (128, 512):
        index.set_ef(ef)
        name = f"hnswlib M 32, ef {ef}"
        found = index.knn_query(queries, K)[0].astype(np.int64)
        times = timed({name: lambda q: index.knn_query(q, K)[0]}, queries, 3)
        out.append(Measured(name, built, recall(truth, found), *times[name], memory, disk))
    return out


METHODS: dict[str, Callable[[Path], list[Measured]]] = {
    "faiss-flat": faiss_method("Flat", 0),
    "faiss-hnsw": faiss_method("HNSW32", 128),
    "lancedb": lancedb_method,
    "hnswlib": hnswlib_method,
}


def measure_library(name: str, folder: str) -> list[dict[str, Any]]:
    """Measure one of `METHODS`."""
    return [asdict(measured) for measured in METHODS[name](Path(folder))]
