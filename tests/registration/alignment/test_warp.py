"""The map between images against slow formulas and its own inverse."""

import cv2
import numpy as np
import pytest

from brainseek.registration.alignment.warp import Warp

SHAPE = (120, 160)
MATRIX = np.array([[0.9, -0.2, 14.0], [0.25, 1.1, -6.0]])


def bent(amplitude: float) -> Warp:
    rows, columns = np.mgrid[:30, :40] / 40.0
    field = amplitude * np.stack([np.sin(5 * columns + rows), np.cos(4 * rows)], axis=-1)
    return Warp(MATRIX, field.astype(np.float32), SHAPE)


def points(count: int = 400) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.uniform(0, 1, (count, 2)) * np.array(SHAPE)


def test_affine_map_is_the_matrix():
    warp = Warp(MATRIX, None, SHAPE)
    for row, column in points(5):
        expected = [MATRIX[i, 0] * row + MATRIX[i, 1] * column + MATRIX[i, 2] for i in (0, 1)]
        np.testing.assert_allclose(warp.forward(np.array([[row, column]]))[0], expected)


@pytest.mark.parametrize("amplitude", [0.0, 3.0, 6.0])
def test_backward_undoes_forward(amplitude):
    warp, at = bent(amplitude), points()
    assert warp.growth.min() > 0.2
    np.testing.assert_allclose(warp.backward(warp.forward(at)), at, atol=0.01)


def test_dense_map_agrees_with_points():
    warp = bent(5.0)
    rows, columns = warp.dense()
    at = np.array([[0, 0], [17, 91], [60, 80], [119, 159]])
    found = np.array([[rows[r, c], columns[r, c]] for r, c in at])
    np.testing.assert_allclose(found, warp.forward(at.astype(float)), atol=0.05)


def test_jacobian_is_the_slope_of_the_map():
    warp, step = bent(5.0), 4.0
    node = np.array([[41.5, 61.5]])  # the centre of the grid's node (10, 15)
    for axis in (0, 1):
        shift = np.eye(2)[axis] * step
        moved = [
            node + sign * shift + warp.displacement_at(node + sign * shift) for sign in (1, -1)
        ]
        slope = (moved[0] - moved[1])[0] / (2 * step)
        np.testing.assert_allclose(warp.jacobian[10, 15][:, axis], slope, atol=1e-6)


def test_a_map_that_turns_over_has_negative_growth():
    rows, columns = np.mgrid[:12, :16].astype(np.float32)
    turned = np.stack([np.zeros_like(rows), -2 * columns * 10], axis=-1)
    warp = Warp(MATRIX, turned, SHAPE)
    np.testing.assert_allclose(warp.growth, -1.0, atol=1e-5)


def test_resizing_convention_is_edge_to_edge():
    """A displacement that is linear in the pixel survives sampling on the coarse grid."""
    small = np.mgrid[:30, :40][1].astype(np.float32)
    field = np.stack([np.zeros_like(small), 0.1 * ((small + 0.5) * 4 - 0.5)], axis=-1)
    warp = Warp(MATRIX, field, SHAPE)
    at = np.array([[50.0, 77.0], [3.0, 20.0]])
    np.testing.assert_allclose(warp.displacement_at(at)[:, 1], 0.1 * at[:, 1], atol=1e-4)
    fine = cv2.resize(field, SHAPE[::-1], interpolation=cv2.INTER_LINEAR)
    assert fine[50, 77, 1] == pytest.approx(7.7, abs=1e-3)
