"""The approximate index finds what the exact one finds, and a view corrects it where it can't."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.index.collection import Collection
from brainseek.index.search import view
from brainseek.index.table.schema import Row
from brainseek.index.vector_cache import approximate
from brainseek.index.vector_cache import build as cache_build
from brainseek.index.vector_cache.approximate import (
    ApproximateIndex,
    Setting,
    build,
    description,
    overlap,
    tune,
)
from brainseek.index.vector_cache.exact import ExactIndex

DIM = 16
ENCODER = "tiny@12345678"


def clustered(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(30, DIM))
    vectors = centres[rng.integers(0, 30, n)] + 0.5 * rng.normal(size=(n, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_the_rule_names_lists_and_codes() -> None:
    assert description(1_000_000, 256) == "IVF4096,PQ64x4fs"
    assert description(100_000_000, 256) == "IVF65536,PQ64x4fs"
    assert description(200_000, 130) == "IVF2048,PQ65x4fs"
    assert description(200_000, 127) == "IVF2048,PQ127x4fs"


def test_tuning_reaches_its_target_on_unseen_queries() -> None:
    faiss = pytest.importorskip("faiss")
    vectors, queries = clustered(8000), clustered(200, seed=1)
    codes, flat, exact = build(vectors), faiss.IndexFlatIP(DIM), ExactIndex(vectors)
    flat.add(vectors)
    setting = tune(codes, flat, exact)
    assert setting.recall >= approximate.TARGET_RECALL
    index = ApproximateIndex(codes, flat, setting)
    for k in (1, 10, 100):
        scores, numbers = index.search(queries, k)
        true_scores, truth = exact.search(queries, k)
        assert overlap(truth, numbers) >= 0.97
        assert (scores <= true_scores + 1e-5).all()
    weak = ApproximateIndex(codes, flat, Setting(1, 1, 0.0)).search(queries, 10)[1]
    assert overlap(exact.search(queries, 10)[1], weak) < setting.recall


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection beyond the (lowered) limit of exact search, with changes since its cache."""
    patch = pytest.MonkeyPatch()
    patch.setattr(cache_build, "EXACT_UP_TO_ROWS", 1000)
    vectors = clustered(6000)
    rows = [
        Row(v, "patch", f"p{n}", plate=n % 100, stain="nissl" if v[0] > 0 else "ish")
        for n, v in enumerate(vectors)
    ]
    made = Collection.create(tmp_path_factory.mktemp("large") / "c", ENCODER, DIM, rows)
    made.build_cache()
    patch.undo()
    made.delete("plate = 7")
    made.add([Row(v, "patch", f"new{n}", plate=200) for n, v in enumerate(clustered(50, seed=2))])
    return made


def test_large_collections_get_codes(large: Collection) -> None:
    shown = large.view()
    assert shown.cache.stamp.kind.startswith("IVF")
    assert shown.cache.approximate is not None
    assert shown.changes == 60 + 50
    assert (Path(large.uri) / "cache").is_dir()


@pytest.mark.parametrize(
    "where",
    [
        None,
        "stain = 'nissl'",  # a half that lies on one side: the other side's queries find none near
        "plate < 50",
        "plate = 3",
        "plate = 200",
        "plate = 3 and stain = 'ish'",
        "plate = 1000",
    ],
)
def test_conditions_cost_no_recall(
    large: Collection, where: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "EXACT_UP_TO_ROWS", 20)  # so that the approximate path is taken
    queries = clustered(60, seed=3)
    found = large.search_batch(queries, 10, where=where)
    truth = large.search_batch(queries, 10, where=where, exact=True)
    assert [len(hits) for hits in found] == [len(hits) for hits in truth]
    if len(truth[0]):
        shares = [len(set(f.ids) & set(t.ids)) / len(t) for f, t in zip(found, truth, strict=True)]
        assert np.mean(shares) >= 0.98
    for hits in found:
        assert (np.diff(hits.scores) <= 1e-6).all()


def test_new_rows_are_found_and_deleted_ones_are_not(large: Collection) -> None:
    fresh = clustered(50, seed=2)
    found = large.search_batch(fresh, 1)
    assert [hits[0].row["source_uri"] for hits in found] == [f"new{n}" for n in range(50)]
    gone = [n for n in range(6000) if n % 100 == 7]
    for hits in large.search_batch(clustered(6000)[gone], 5):
        assert all(hit.row["plate"] != 7 for hit in hits)
