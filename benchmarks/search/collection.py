"""Our collection beside raw FAISS on the very same index, to be measured in a process of its own.

The folder is as for `benchmarks.search.libraries` and also holds ``cluster.npy``.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.search.libraries import THREADS, K, Measured, load, recall, timed
from benchmarks.shared.resources import folder_mb, resident_mb
from benchmarks.shared.vectors import made_rows
from brainseek.index.collection import Collection
from brainseek.index.maintain.recall import check_recall
from brainseek.index.search.hits import Hits
from brainseek.index.vector_cache.vector_file import read_vectors

CHUNK = 100_000
CONDITIONS = {
    "none": None,
    "50 %, at random": "plate < 5000",
    "1 %, at random": "plate < 100",
    "0.01 %, at random": "plate = 17",
    "50 %, whole clusters": "stain = 'nissl'",
    "1 %, whole clusters": "structure = 'S7'",
    "0.01 %, of one cluster": "structure = 'S7' and plate < 100",
}
"""Conditions by share of the rows; 'whole clusters' are the hard ones: most queries lie in
another cluster, so that none of their near neighbours fulfils the condition."""


def found_numbers(hits: Sequence[Hits]) -> NDArray[np.int64]:
    """Return the row numbers behind the ids, (queries, k); -1 where there is no hit."""
    out = np.full((len(hits), K), -1, np.int64)
    for line, one in zip(out, hits, strict=True):
        line[: len(one)] = [int(name, 16) for name in one.ids]
    return out


def share_found(truth: Sequence[Hits], found: Sequence[Hits]) -> float:
    """Mean share of the true neighbours among those found; 1 where there are none."""
    shares = [
        len(set(t.ids) & set(f.ids)) / len(t) if len(t) else 1.0
        for t, f in zip(truth, found, strict=True)
    ]
    return float(np.mean(shares))


def measure_conditions(
    collection: Collection, queries: NDArray[np.float32]
) -> list[tuple[str, int, float, float, float]]:
    """Return (condition, rows, recall, queries a second, ms of one query) of each condition."""
    out = []
    for name, where in CONDITIONS.items():
        few = queries[:200]
        truth = collection.search_batch(few, K, where=where, exact=True)
        found = collection.search_batch(few, K, where=where)
        times = timed({name: partial(collection.search_batch, k=K, where=where)}, few, 2)
        n = len(collection.view()) if where is None else len(collection.ids(where))
        out.append((name, n, share_found(truth, found), *times[name]))
    return out


def measure_collection(where: str) -> dict[str, Any]:
    """Write, index and search the vectors of a folder."""
    import faiss

    faiss.omp_set_num_threads(THREADS)
    folder = Path(where)
    mapped, queries, truth = load(folder)
    cluster = np.load(folder / "cluster.npy")
    place = folder / "collection"
    begun = time.perf_counter()
    collection = Collection.create(place, "made@00000000", mapped.shape[1])
    for start in range(0, len(mapped), CHUNK):
        stop = min(len(mapped), start + CHUNK)
        collection.add_table(made_rows(np.array(mapped[start:stop]), cluster[start:stop], start))
    written = time.perf_counter() - begun
    begun = time.perf_counter()
    collection.build_cache()
    indexed = time.perf_counter() - begun
    table_mb, cache_mb = folder_mb(place / "rows.lance"), folder_mb(place / "cache")

    before = resident_mb()
    collection = Collection.open(place)
    found = found_numbers(collection.search_batch(queries, K))
    stamp = collection.view().cache.stamp
    memory = resident_mb() - before
    searches: dict[str, Any] = {
        "ours, with metadata": lambda q: collection.search_batch(q, K).rows,
        "ours, hits alone": lambda q: collection.search_batch(q, K),
    }
    cache = next((place / "cache").glob("build-*"))
    ids = collection.view().take(np.arange(len(mapped)), ["id"])["id"].to_pylist()
    order = np.array([int(name, 16) for name in ids])  # the index has an order of its own
    vectors, _kept = read_vectors(cache / "vectors.faiss", mapped=False)
    if stamp.setting is not None:
        setting = stamp.setting
        codes = faiss.read_index(str(cache / "codes.faiss"))
        raw = faiss.IndexRefine(codes, vectors)
        parameters = faiss.IndexRefineSearchParameters(
            k_factor=float(setting.factor),
            base_index_params=faiss.IVFSearchParameters(nprobe=setting.probes),
        )
        searches["raw FAISS, same index"] = lambda q: raw.search(q, K, params=parameters)[1]
        raw_found = order[raw.search(queries, K, params=parameters)[1]]
    else:
        searches["raw FAISS, same index"] = lambda q: vectors.search(q, K)[1]
        raw_found = order[vectors.search(queries, K)[1]]
    searches["ours, as Python objects"] = lambda q: [list(h) for h in collection.search_batch(q, K)]
    times = timed(searches, queries)
    disk = table_mb + cache_mb
    measured = []
    for name in searches:
        share = recall(truth, raw_found if name.startswith("raw") else found)
        sizes = (float("nan"), cache_mb) if name.startswith("raw") else (memory, disk)
        built = indexed if name.startswith("raw") else written + indexed
        measured.append(Measured(name, built, share, *times[name], *sizes))
    return {
        "rows": len(mapped),
        "kind": stamp.kind,
        "setting": None if stamp.setting is None else asdict(stamp.setting),
        "written_s": written,
        "indexed_s": indexed,
        "table_mb": table_mb,
        "cache_mb": cache_mb,
        "measured": [asdict(one) for one in measured],
        "conditions": measure_conditions(collection, queries),
        "recall_check": check_recall(collection).recall,
    }
