"""Approximate nearest neighbours for large collections, tuned to a recall on their own rows.

An inverted file (IVF) of 4-bit product-quantised codes proposes candidates with FAISS' fast-scan
kernels, and the exact vectors decide among them. How many lists are probed and how many
candidates are looked at is not a constant: :func:`tune` measures both on rows of the collection
against exact search and takes the fastest setting that reaches :data:`TARGET_RECALL`.

The rule and what it was chosen against (graphs, RaBitQ, scalar codes) are in
``docs/collections.md``; the measurements in ``benchmarks/RESULTS.md``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.vector_cache.exact import ExactIndex

EXACT_UP_TO_ROWS = 100_000
"""Up to this many rows a search looks at every vector."""

TARGET_RECALL = 0.99
"""Share of the true 10 nearest rows that tuning asks for, measured on rows of the collection."""

TUNED_K = 10

_PROBES = (4, 8, 16, 32, 64, 128, 256, 512)
_FACTORS = (4, 10, 20, 40, 80)
_TUNING_QUERIES = 512
_TRAINING_ROWS_PER_LIST = 48
_KEPT = 16


@dataclass(frozen=True)
class Setting:
    """How hard an approximate index looks.

    Attributes
    ----------
    probes : int
        Lists of the inverted file that are read for a query.
    factor : int
        Candidates compared exactly, as a multiple of the number of hits (at least 10).
    recall : float
        Share of the true 10 nearest rows that this setting found when it was tuned.
    """

    probes: int
    factor: int
    recall: float


def description(rows: int, dim: int) -> str:
    """Return the FAISS factory string of the codes for so many rows of a dimension.

    ``4 · sqrt(rows)`` lists to the next power of two, and one 4-bit code for every four
    dimensions (every 2 or 1 where 4 doesn't divide them): at 1 M × 256 ``IVF4096,PQ64x4fs``,
    44 bytes a row.
    """
    lists = 2 ** int(np.ceil(np.log2(4 * np.sqrt(max(rows, 1)))))
    step = next(s for s in (4, 2, 1) if dim % s == 0)
    return f"IVF{lists},PQ{dim // step}x4fs"


def build(vectors: NDArray[np.float32], seed: int = 0) -> Any:
    """Train and fill the codes of vectors (n, d); returns the FAISS index.

    At most 48 rows a list are drawn to train on.
    """
    import faiss

    n, dim = vectors.shape
    codes = faiss.index_factory(dim, description(n, dim), faiss.METRIC_INNER_PRODUCT)
    wanted = min(n, codes.nlist * _TRAINING_ROWS_PER_LIST)
    chosen = np.random.default_rng(seed).choice(n, wanted, replace=False)
    codes.cp.seed = seed + 1
    codes.train(np.ascontiguousarray(vectors[np.sort(chosen)]))
    for start in range(0, n, 65_536):
        codes.add(np.ascontiguousarray(vectors[start : start + 65_536]))
    return codes


def order_by_list(codes: Any) -> NDArray[np.int64]:
    """Renumber the rows of codes list by list, and return the former number of each.

    Neighbours then lie near each other in the vectors and in the metadata as well, once these
    are put into the same order: what a search touches shares pages and cache lines.
    """
    import faiss

    lists, former, start = codes.invlists, [], 0
    for number in range(codes.nlist):
        size = int(lists.list_size(number))
        if size:
            numbers = faiss.rev_swig_ptr(lists.get_ids(number), size)
            former.append(numbers.copy())
            numbers[:] = np.arange(start, start + size)
            start += size
    return np.concatenate(former) if former else np.empty(0, np.int64)


class ApproximateIndex:
    """Codes that propose and exact vectors that decide.

    Parameters
    ----------
    codes : faiss.IndexIVF
        From :func:`build`.
    vectors : faiss.IndexFlatIP
        The same rows, exact.
    setting : Setting
        From :func:`tune`.
    """

    def __init__(self, codes: Any, vectors: Any, setting: Setting) -> None:
        import faiss

        self.setting = setting
        self._codes, self._flat = codes, vectors  # kept alive: the refinement only points to them
        self._refined = faiss.IndexRefine(codes, vectors)
        self._kept: dict[tuple[int, Setting], Any] = {}

    def __len__(self) -> int:
        return int(self._codes.ntotal)

    def search(
        self, queries: NDArray[np.float32], k: int, setting: Setting | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return scores and numbers (m, k) of the nearest rows, best first; -1 fills gaps.

        More than 10 hits are looked for in more lists: the number of probes grows with the
        square root of ``k / 10``.
        """
        parameters = self._parameters(k, setting or self.setting)
        scores, numbers = self._refined.search(queries, k, params=parameters)
        return scores, numbers

    def _parameters(self, k: int, setting: Setting) -> Any:
        """Return FAISS' search parameters; those of the last few searches are kept."""
        if (k, setting) not in self._kept:
            import faiss

            wide = max(k, TUNED_K)
            probes = int(np.ceil(setting.probes * np.sqrt(wide / TUNED_K)))
            self._kept[k, setting] = faiss.IndexRefineSearchParameters(
                k_factor=float(min(wide * setting.factor, len(self)) / k),
                base_index_params=faiss.IVFSearchParameters(nprobe=min(self._codes.nlist, probes)),
            )
            if len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))
        return self._kept[k, setting]


def tune(codes: Any, vectors: Any, exact: ExactIndex, seed: int = 0) -> Setting:
    """Return the cheapest setting that reaches the target recall on rows of the collection.

    Each of up to 512 rows is searched for; it itself doesn't count as a neighbour. When no
    setting of the grid reaches the target the best one is returned.
    """
    n = len(exact)
    rows = np.sort(np.random.default_rng(seed).choice(n, min(_TUNING_QUERIES, n), replace=False))
    queries = np.ascontiguousarray(exact.vectors[rows])
    k = min(TUNED_K, n - 1)
    if k < 1:
        raise BrainseekError(f"{n} rows are too few to tune a search on; search them exactly.")
    truth = without_self(exact.search(queries, k + 1)[1], rows, k)
    index = ApproximateIndex(codes, vectors, Setting(1, 1, 0.0))
    best = Setting(1, 1, 0.0)
    for setting in _by_cost(int(codes.nlist), n):
        found = without_self(index.search(queries, k + 1, setting)[1], rows, k)
        recall = overlap(truth, found)
        if recall > best.recall:
            best = Setting(setting.probes, setting.factor, recall)
        if recall >= TARGET_RECALL:
            break
    return best


def _by_cost(lists: int, rows: int) -> list[Setting]:
    """Return the grid, cheapest first: a scanned code costs about a hundredth of a candidate."""
    grid = [Setting(p, f, 0.0) for p in _PROBES if p <= lists for f in _FACTORS]
    return sorted(grid, key=lambda s: s.probes * rows / lists / 100 + s.factor * TUNED_K)


def without_self(numbers: NDArray[np.int64], rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Return the first ``k`` neighbours of each row (m, k + 1) that are not the row itself."""
    kept = [line[line != row][:k] for line, row in zip(numbers, rows, strict=True)]
    return np.array(kept, np.int64).reshape(len(rows), k)


def overlap(truth: Iterable[NDArray[np.int64]], found: Iterable[NDArray[np.int64]]) -> float:
    """Return the mean share of true neighbours that were found."""
    shares = [len(np.intersect1d(t, f)) / max(1, len(t)) for t, f in zip(truth, found, strict=True)]
    return float(np.mean(shares)) if shares else 1.0
