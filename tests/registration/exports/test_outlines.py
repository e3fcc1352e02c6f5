"""Outlines: every pixel centre inside its own region only, and borders shared exactly."""

import cv2
import numpy as np
import pytest

from brainseek.registration.exports.outlines import outlines


def random_labels(seed: int, shape=(37, 45)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 5, (shape[0] // 3, shape[1] // 3))
    labels = np.kron(coarse, np.ones((4, 4), int))[: shape[0], : shape[1]]
    spots = rng.random(labels.shape) < 0.1
    labels[spots] = rng.integers(0, 5, int(spots.sum()))
    return labels * 1000


def drawn(rings: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Rasterise by OpenCV on a grid eight times finer, even-odd, and read the pixel centres."""
    fine = np.zeros((shape[0] * 8, shape[1] * 8), np.uint8)
    points = [np.round(ring[:-1] * 8).astype(np.int32) for ring in rings]
    cv2.fillPoly(fine, points, 1)
    return fine[4::8, 4::8] > 0


@pytest.mark.parametrize("seed", range(4))
def test_rasterised_outlines_give_the_labels_back(seed):
    labels = random_labels(seed)
    found = outlines(labels)
    assert set(found) == set(np.unique(labels)) - {0}
    again = np.zeros_like(labels)
    for label, polygons in found.items():
        for polygon in polygons:
            inside = drawn([polygon.outer, *polygon.holes], labels.shape)
            assert not again[inside].any()
            again[inside] = label
    np.testing.assert_array_equal(again, labels)


def test_a_ring_has_one_hole_and_its_filling_shares_the_border():
    labels = np.zeros((9, 9), int)
    labels[1:8, 1:8] = 1
    labels[3:6, 3:6] = 2
    found = outlines(labels)
    (ring,), (filling,) = found[1], found[2]
    (hole,) = ring.holes
    assert {tuple(p) for p in hole} == {tuple(p) for p in filling.outer}
    assert {tuple(p) for p in filling.outer} == {
        (3.5, 3), (5.5, 3), (6, 3.5), (6, 5.5), (5.5, 6), (3.5, 6), (3, 5.5), (3, 3.5),
    }  # fmt: skip


def test_pixels_that_touch_at_a_corner_are_two_pieces():
    labels = np.eye(2, dtype=int) * 7
    assert len(outlines(labels)[7]) == 2
    assert outlines(np.zeros((4, 4), int)) == {}
