"""The measured recall is the share of true neighbours, and its interval covers the truth."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.recall import check_recall, interval
from brainseek.index.table.schema import Row
from tests.index.made_patches import DIM, ENCODER, made_collection, unit


def test_exact_search_finds_everything(tmp_path: Path) -> None:
    check = check_recall(made_collection(tmp_path / "c", 60), n=20, k=5)
    assert (check.recall, check.n, check.k, check.kind) == (1.0, 20, 5, "flat")
    assert 0.8 < check.low < check.high == 1.0


def test_small_collections_ask_for_less(tmp_path: Path) -> None:
    check = check_recall(made_collection(tmp_path / "c", 4), n=100, k=10)
    assert (check.recall, check.n, check.k) == (1.0, 4, 3)


def test_equal_vectors_stand_for_one_another(tmp_path: Path) -> None:
    rows = [Row(unit(1)[0], "patch", f"s{i}") for i in range(40)]
    assert check_recall(Collection.create(tmp_path / "c", ENCODER, DIM, rows), k=5).recall == 1.0


@pytest.mark.parametrize("missed", [0, 1, 4, 5])
def test_missed_neighbours_count(tmp_path: Path, missed: int) -> None:
    class Forgetful(Collection):
        def search_batch(self, vectors, k, *, exact=False):  # type: ignore[no-untyped-def, override]
            found = super().search_batch(vectors, k, exact=exact)
            return found if exact else [hits[: k - missed] for hits in found]

    made_collection(tmp_path / "c", 60)
    collection = Forgetful.open(tmp_path / "c")
    check = check_recall(collection, n=30, k=5)
    assert check.recall == pytest.approx(1 - missed / 5)
    assert check.low <= check.recall <= check.high


def test_approximate_search_against_slow_loops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brainseek.index.vector_cache.build.EXACT_UP_TO_ROWS", 500)
    monkeypatch.setattr("brainseek.index.search.view.EXACT_UP_TO_ROWS", 500)
    vectors = unit(1500, seed=3)
    rows = [Row(v, "patch", f"s{i}", id=f"{i:04d}") for i, v in enumerate(vectors)]
    collection = Collection.create(tmp_path / "c", ENCODER, DIM, rows)
    check = check_recall(collection, n=1500, k=10)
    assert check.kind.startswith("IVF")
    shares = []
    for i, vector in enumerate(vectors):
        scores = {j: float(np.dot(vector, other)) for j, other in enumerate(vectors) if j != i}
        true = sorted(scores, key=lambda j: -scores[j])[:10]
        found = [int(row) for row in collection.search(vector, 11).ids if int(row) != i][:10]
        shares.append(len(set(true) & set(found)) / 10)
        if i == 99:
            break
    hundred = np.mean(shares)
    assert abs(check.recall - hundred) < 0.05
    assert check.recall > 0.9


def test_interval_is_wilsons_for_single_neighbours() -> None:
    # Brown, Cai and DasGupta (2001), eq. 4, by hand for 8 of 10
    low, high = interval(np.array([1.0] * 8 + [0.0] * 2), 1)
    z, p, n = 1.959964, 0.8, 10
    centre = (p + z * z / 2 / n) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    assert (low, high) == pytest.approx((centre - half, centre + half), abs=1e-6)


@pytest.mark.parametrize(("a", "b"), [(9, 1), (99, 1), (0.9, 0.1), (5, 5)])
def test_interval_covers_the_truth(a: float, b: float) -> None:
    rng = np.random.default_rng(0)
    truth, covered = a / (a + b), 0
    for _ in range(400):
        shares = rng.binomial(10, rng.beta(a, b, 100)) / 10
        low, high = interval(shares, 10)
        covered += low <= truth <= high
    assert covered / 400 > 0.92


def test_independent_neighbours_narrow_the_interval() -> None:
    rng = np.random.default_rng(0)
    alone = interval(rng.binomial(1, 0.9, 100) / 1, 1)
    many = interval(rng.binomial(10, 0.9, 100) / 10, 10)
    assert many[1] - many[0] < 0.6 * (alone[1] - alone[0])


def test_what_can_not_be_measured(tmp_path: Path) -> None:
    with pytest.raises(BrainseekError, match="0 row"):
        check_recall(Collection.create(tmp_path / "empty", ENCODER, DIM))
    with pytest.raises(BrainseekError, match="1 row"):
        check_recall(made_collection(tmp_path / "one", 1))
    with pytest.raises(BrainseekError, match="use 1 up"):
        check_recall(made_collection(tmp_path / "c", 5), k=0)
