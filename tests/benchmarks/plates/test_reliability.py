import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from benchmarks.plates.calibration import leave_one_out, leave_one_out_none
from benchmarks.plates.reliability import (
    bins,
    brier,
    draw_reliability,
    expected_calibration_error,
    log_loss,
    roc_auc,
)


def test_bins_hold_every_statement_once():
    probability = np.array([0.0, 0.1, 0.2, 0.35, 0.9, 1.0])
    truth = np.array([False, True, False, True, True, True])
    found = bins(probability, truth, (0.0, 0.2, 0.4, 0.6, 1.0))
    assert [(one.low, one.n) for one in found] == [(0.0, 2), (0.2, 2), (0.6, 2)]
    assert found[1].said == pytest.approx(0.275)
    assert found[1].happened.value == 0.5
    expected = (2 * abs(0.05 - 0.5) + 2 * abs(0.275 - 0.5) + 2 * abs(0.95 - 1)) / 6
    assert expected_calibration_error(found) == pytest.approx(expected)


def test_honest_statements_have_a_small_error_and_bold_ones_a_large():
    rng = np.random.default_rng(0)
    probability = rng.random(20_000)
    truth = rng.random(20_000) < probability
    edges = tuple(np.linspace(0, 1, 11))
    assert expected_calibration_error(bins(probability, truth, edges)) < 0.02
    bold = np.where(probability > 0.5, 0.99, 0.01)
    assert expected_calibration_error(bins(bold, truth, edges)) > 0.2


def test_proper_scores_of_chance_and_of_certainty():
    truth = np.array([0, 2])
    chance, sure = np.full((2, 4), 0.25), np.eye(4)[truth]
    assert brier(chance, truth) == pytest.approx(0.75)
    assert log_loss(chance, truth) == pytest.approx(np.log(4))
    assert brier(sure, truth) == 0
    assert brier(np.eye(4)[[1, 1]], truth) == 2


def test_auc_counts_pairs():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, 20).astype(float), rng.integers(0, 5, 30).astype(float)
    pairs = [(x > y) + 0.5 * (x == y) for x in a for y in b]
    assert roc_auc(a, b) == pytest.approx(np.mean(pairs))
    truth = [1] * 20 + [0] * 30
    assert roc_auc(a, b) == pytest.approx(roc_auc_score(truth, [*a, *b]))


def test_what_is_left_out_does_not_speak_for_itself():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 20, 8)
    similarity = rng.normal(0, 0.1, (8, 20)).astype(np.float32)
    similarity[np.arange(8), truth] += 0.5
    before = leave_one_out(similarity, truth)
    assert before.sum(1) == pytest.approx(1)
    changed = truth.copy()
    changed[0] = (truth[0] + 7) % 20
    after = leave_one_out(similarity, changed)
    assert after[0] == pytest.approx(before[0])
    assert after[1:] != pytest.approx(before[1:])


def test_strangers_left_out_are_still_told_apart():
    known, strange = np.linspace(0.7, 0.9, 9), np.linspace(0.1, 0.4, 7)
    none_known, none_strange = leave_one_out_none(known, strange)
    assert (none_known < 0.5).all()
    assert (none_strange > 0.5).all()


def test_the_curve_is_drawn(tmp_path):
    probability = np.array([0.1, 0.1, 0.6, 0.9])
    points = bins(probability, probability > 0.5, (0.0, 0.5, 1.0))
    path = tmp_path / "pictures" / "reliability.png"
    draw_reliability({"one": points, "two": points}, path)
    with Image.open(path) as image:
        assert image.size == (970, 540)
        colours = np.unique(np.asarray(image).reshape(-1, 3), axis=0)
    assert [0, 95, 150] in colours.tolist()
