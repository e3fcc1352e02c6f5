"""Sheets against the volume's own plane cutter and closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.plane_cutter import PlaneCutter
from brainseek.catalog.volumes.volume import Plane, Volume

RNG = np.random.default_rng(0)
NOISE = Volume(
    data=RNG.uniform(10, 200, (9, 12, 10)).astype(np.float32),
    step_um=(-2000.0, -1500.0, 1000.0),
    origin_um=(9000.0, 8000.0, -4000.0),
    axes=("y", "z", "x"),
    space_axes=("x", "y", "z"),
)


def by_plane(volume: Volume, first, down, right, shape):
    """The same picture by `Volume.cut_plane`, whose corner is the outer edge of a pixel."""
    corner = first - (down + right) / 2
    plane = Plane(tuple(corner), tuple(right * shape[1]), tuple(down * shape[0]))
    return volume.cut_plane(plane, shape)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint8, np.int16])
def test_sheets_are_planes_of_the_volume_inside_at_the_rim_and_outside(kind):
    volume = replace(NOISE, data=NOISE.data.astype(kind))
    cutter, shape = PlaneCutter(volume), (11, 7)
    first = RNG.uniform(-9000, 9000, (30, 3))
    down, right = RNG.normal(0, 900, (2, 30, 3))
    found = cutter(first, down, right, shape)
    assert found.shape == (30, 11, 7)
    assert found.dtype == np.float32
    expected = [by_plane(volume, *one, shape) for one in zip(first, down, right, strict=True)]
    np.testing.assert_allclose(found, expected, atol=0.02)
    outside = found == 0
    assert 0.05 < outside.mean() < 0.95  # both inside and outside were met


def test_voxel_centres_give_the_voxels_back():
    first = np.array([[-4000.0, 9000.0, 8000.0 - 3 * 1500.0]])  # x, y, z of voxel (0, 3, 0)
    sheet = PlaneCutter(NOISE)(
        first, np.array([[0.0, -2000.0, 0.0]]), np.array([[1000.0, 0.0, 0.0]]), (9, 10)
    )
    np.testing.assert_allclose(sheet[0], NOISE.data[:, 3], rtol=1e-5)


def test_half_a_voxel_outside_half_of_the_value_is_left():
    first = np.array([[-4500.0, 9000.0, 8000.0]])
    sheet = PlaneCutter(NOISE)(first, np.zeros((1, 3)), np.array([[-500.0, 0, 0]]), (1, 3))
    np.testing.assert_allclose(sheet[0, 0], [NOISE.data[0, 0, 0] / 2, 0, 0], rtol=1e-5)


def test_labels_are_refused():
    labels = replace(NOISE, data=np.zeros((2, 2, 2), np.uint8), ids=np.array([5]))
    with pytest.raises(BrainseekError, match="labels can't be interpolated"):
        PlaneCutter(labels)
