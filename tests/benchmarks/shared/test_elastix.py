import cv2
import numpy as np
import pytest

from benchmarks.shared.elastix import (
    Trial,
    is_installed,
    mutual_information,
    register,
    spread,
    subset,
)


def test_subsets_hold_the_truth_and_stay_among_the_plates():
    for truth in range(1, 133):
        plates = subset(truth)
        assert len(plates) == 11
        assert truth in plates
        assert plates[0] >= 1
        assert plates[-1] <= 132
    assert subset(67, 33).tolist() == [1, 34, 67, 100]


def test_sections_are_spread_over_the_series():
    truths = np.array([90, 60, 130, 70, 80, 100, 110])
    assert [int(truths[i]) for i in spread(truths, 3)] == [70, 90, 110]
    assert sorted(spread(truths, 99)) == list(range(7))


def test_mutual_information_of_known_cases():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (200, 200)), rng.integers(0, 4, (200, 200))
    assert mutual_information(a, a) == pytest.approx(np.log(4), abs=1e-3)
    assert mutual_information(a, 3 - a) == pytest.approx(np.log(4), abs=1e-3)
    assert mutual_information(a, b) == pytest.approx(0, abs=1e-3)


def test_ties_and_failures_count_against_the_truth():
    trial = Trial(5, np.array([5, 17, 29]), np.array([-np.inf, -np.inf, 0.3]), np.ones(3))
    assert trial.rank == 2
    assert Trial(17, np.array([5, 17]), np.array([0.1, 0.2]), np.ones(2)).rank == 0


@pytest.mark.skipif(not is_installed(), reason='itk-elastix comes with "brainseek[bench]"')
def test_registration_brings_a_moved_picture_back():
    fixed = np.zeros((96, 96), np.uint8)
    cv2.ellipse(fixed, (48, 48), (32, 20), 0, 0, 360, 120, -1)
    cv2.circle(fixed, (60, 45), 8, 220, -1)
    matrix = cv2.getRotationMatrix2D((48, 48), 8, 1.05)
    moving = cv2.warpAffine(255 - fixed, matrix, (96, 96), borderValue=255)
    before, after = mutual_information(fixed, moving), register(fixed, moving)
    assert after > 1.1 * before
    assert after == pytest.approx(mutual_information(fixed, fixed), rel=0.05)
