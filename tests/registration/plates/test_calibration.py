"""Calibration: the fits find what made the data, and files are checked."""

import dataclasses

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.plates.calibrate import fit_none, fit_smoothing, fit_temperature
from brainseek.registration.plates.calibration import (
    Calibration,
    read_calibration,
    smooth_along_plates,
    softmax,
    write_calibration,
)

TOY = Calibration("toy@12345678", 0.1, 1.0, 20.0, 0.5, 0.6, "nothing")


def test_temperature_of_scores_drawn_from_a_softmax_is_found():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 0.3, (4000, 12))
    shares = softmax(scores / 0.2)
    truth = np.array([rng.choice(12, p=share) for share in shares])
    assert fit_temperature(scores, truth) == pytest.approx(0.2, rel=0.1)


def test_confidences_sum_to_one_and_keep_the_order():
    scores = np.random.default_rng(1).normal(0, 1, (5, 9))
    confidence = TOY.confidence(scores)
    assert np.allclose(confidence.sum(1), 1)
    assert np.array_equal(confidence.argsort(1), scores.argsort(1))


def test_smoothing_by_loops_and_its_limits():
    rows = np.random.default_rng(2).normal(0, 1, (2, 7))
    expected = np.zeros_like(rows)
    for r in range(2):
        for i in range(7):
            weights = [np.exp(-0.5 * ((i - j) / 1.3) ** 2) for j in range(7)]
            expected[r, i] = sum(w * rows[r, j] for j, w in enumerate(weights)) / sum(weights)
    assert np.allclose(smooth_along_plates(rows, 1.3), expected)
    assert np.array_equal(smooth_along_plates(rows, 0.0), rows)
    assert np.allclose(smooth_along_plates(np.ones((1, 5)), 2.0), 1.0)


def test_smoothing_is_chosen_when_neighbours_carry_the_signal():
    rng = np.random.default_rng(3)
    truth = rng.integers(5, 55, 300)
    place = np.arange(60)
    signal = np.exp(-0.5 * ((place - truth[:, None]) / 3) ** 2)
    noisy = (signal + rng.normal(0, 0.5, signal.shape)).astype(np.float32)
    assert fit_smoothing(noisy, truth, (0.0, 2.0)) == 2.0


def test_strangers_get_a_high_none_of_these():
    rng = np.random.default_rng(4)
    known, strange = rng.normal(0.8, 0.05, 30), rng.normal(0.5, 0.05, 30)
    weight, centre = fit_none(known, strange)
    fitted = dataclasses.replace(TOY, none_weight=weight, none_centre=centre)
    assert 0.55 < centre < 0.75
    assert (fitted.none_of_these(known[:, None].astype(np.float32)) < 0.5).all()
    assert (fitted.none_of_these(strange[:, None].astype(np.float32)) > 0.5).all()


def test_files_round_trip_and_other_states_are_refused(tmp_path):
    path = write_calibration(TOY, tmp_path)
    assert read_calibration("toy", TOY.encoder, tmp_path) == TOY
    with pytest.raises(BrainseekError, match="fitted for toy@12345678"):
        read_calibration("toy", "toy@00000000", tmp_path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(BrainseekError, match="damaged"):
        read_calibration("toy", TOY.encoder, tmp_path)
    with pytest.raises(BrainseekError, match="no calibration"):
        read_calibration("other", "other@1", tmp_path)
