import numpy as np
import pytest

from benchmarks.shared.plate_methods import Method
from benchmarks.shared.ranked_plates import plate_score, sorted_plates
from benchmarks.shared.vectors import unit


@pytest.fixture
def method() -> Method:
    gallery = unit(np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32))
    plates, positions = np.arange(1, 13), 100.0 * np.arange(12)
    return Method("made", lambda sections: gallery[:2], gallery, plates, positions)


def test_scores_match_a_slow_count(method):
    rng = np.random.default_rng(1)
    scores, truth = rng.random((30, 12)), rng.integers(1, 13, 30)
    answers = sorted_plates(scores, method)
    found = plate_score(answers, truth)
    ranks = [sum(s > row[t - 1] for s in row) for row, t in zip(scores, truth, strict=True)]
    assert answers.ranks(truth).tolist() == ranks
    assert found.rank_mae.value == pytest.approx(np.mean(ranks))
    for n, share in found.top.items():
        assert share.value == pytest.approx(sum(rank < n for rank in ranks) / 30)
    errors = [100 * abs(int(row.argmax()) + 1 - t) for row, t in zip(scores, truth, strict=True)]
    assert found.plate_error_um.value == pytest.approx(np.mean(errors))
    assert answers.position_um.tolist() == [100.0 * row.argmax() for row in scores]
    assert len(found.cells()) == 7


def test_plates_are_most_like_themselves(method):
    similarity = method.similarity([])
    assert similarity.argmax(1).tolist() == [0, 1]
    assert similarity[0, 0] == pytest.approx(1, abs=1e-6)
