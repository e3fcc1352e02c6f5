import cv2
import numpy as np
import pytest

from benchmarks.shared.damage import (
    CONDITIONS,
    blurred,
    inverted_tissue,
    negative,
    tissue,
    turned,
    without_half_plane,
)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    out = np.full((300, 400), 8, np.uint8)
    cv2.ellipse(out, (200, 150), (150, 100), 0, 0, 360, 120, -1)
    cv2.circle(out, (260, 150), 30, 200, -1)
    return out


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
@pytest.mark.parametrize("angle", [0.0, 1.1, 4.0])
def test_the_wanted_share_of_the_tissue_is_lost(picture, share, angle):
    inside = tissue(picture)
    left = without_half_plane(picture, share, angle) > 0
    assert (inside & ~left).sum() / inside.sum() == pytest.approx(share, abs=0.02)
    rows, columns = np.nonzero(~left & inside)
    centre = np.argwhere(inside).mean(0)
    direction = (columns.mean() - centre[1], rows.mean() - centre[0])
    assert direction @ np.array([np.cos(angle), np.sin(angle)]) > 0


def test_a_turn_keeps_all_tissue_and_can_be_undone(picture):
    there = turned(picture, 15)
    assert there.shape[0] > picture.shape[0]
    assert (there > 60).sum() == pytest.approx((picture > 60).sum(), rel=0.01)
    back = turned(there, -15)
    top, left = (np.array(back.shape) - picture.shape) // 2
    middle = back[top : top + 300, left : left + 400]
    assert np.abs(middle.astype(int) - picture)[60:240, 80:320].mean() < 2
    bright = np.argwhere(there == 200).mean(0) - np.array(there.shape) / 2
    assert bright[0] < -5  # counter-clockwise: what was right goes up


def test_contrast_and_blur(picture):
    assert (negative(negative(picture)) == picture).all()
    changed = inverted_tissue(picture)
    assert changed[150, 260] == 55
    assert changed[0, 0] == 8
    assert blurred(picture, 0.01).std() < picture.std()


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_conditions_are_seeded_and_do_something(picture, number):
    condition = CONDITIONS[number]
    first, again = condition(picture, 5), condition(picture, 5)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (number == 0) == np.array_equal(first, picture)
