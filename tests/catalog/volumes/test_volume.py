"""Cuts through analytic volumes: linear ramps have closed forms at any tilt."""

import math

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Plane, Volume

SHAPE = (31, 25, 29)
STEP = (-100.0, -200.0, 50.0)
ORIGIN = (4000.0, 900.0, -700.0)
AXES = ("y", "z", "x")


def coordinates() -> tuple[np.ndarray, ...]:
    """Coordinates of every voxel in µm along the three indices."""
    axes = [o + s * np.arange(n) for o, s, n in zip(ORIGIN, STEP, SHAPE, strict=True)]
    return tuple(np.meshgrid(*axes, indexing="ij"))


def made(data: np.ndarray) -> Volume:
    return Volume(data, STEP, ORIGIN, AXES, ("x", "y", "z"))


def ramp(weights: tuple[float, float, float]) -> Volume:
    data = sum(w * c for w, c in zip(weights, coordinates(), strict=True))
    return made(np.asarray(data, np.float32))


def test_zero_tilt_is_the_plain_slice():
    data = np.random.default_rng(0).random(SHAPE).astype(np.float32)
    cubic = Volume(data, (100.0, 100.0, 100.0), (0.0, 0.0, 0.0), AXES, AXES)
    for i in (0, 7, 30):
        assert np.allclose(cubic.cut(100.0 * i), data[i], atol=1e-6)
    assert np.allclose(cubic.cut(750.0), (data[7] + data[8]) / 2, atol=1e-6)
    assert not cubic.cut(-5000.0).any()


@pytest.mark.parametrize("tilt", [(0, 0), (12, 0), (0, -9), (15, 10), (-7, 20)])
def test_tilted_ramp_has_its_closed_form(tilt):
    """A plane point is pivot + down·rows + right·columns, which a ramp turns into a number."""
    weights = (0.7, -0.3, 1.1)
    pixel, shape, position = 20.0, (11, 15), 2500.0
    found = ramp(weights).cut(position, tilt, out_shape=shape, pixel_size_um=pixel)
    a, b = (math.radians(angle) for angle in tilt)
    down = (math.sin(a), math.cos(a), 0.0)
    right = (math.sin(b) * math.cos(a), -math.sin(b) * math.sin(a), math.cos(b))
    centre = (position, ORIGIN[1] + STEP[1] * 12, ORIGIN[2] + STEP[2] * 14)
    for r in range(shape[0]):
        for c in range(shape[1]):
            point = [
                centre[i]
                + math.copysign(1, STEP[i]) * pixel * ((r - 5) * down[i] + (c - 7) * right[i])
                for i in range(3)
            ]
            expected = sum(w * p for w, p in zip(weights, point, strict=True))
            assert found[r, c] == pytest.approx(expected, rel=1e-4, abs=0.05)


def test_image_axes_stay_orthonormal():
    """The distance between any two points of a tilted image equals their distance in space."""
    cuts = [
        ramp(weights).cut(2500.0, (14, -11), out_shape=(9, 9), pixel_size_um=25.0)
        for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    ]
    points = np.stack(cuts, axis=-1).astype(float)
    for step in ((0, 8), (8, 0), (8, 8)):
        length = np.linalg.norm(points[step] - points[0, 0])
        assert length == pytest.approx(25 * math.hypot(*step), rel=1e-3)


def test_positive_pitch_moves_the_lower_edge_to_higher_index():
    position = ramp((1, 0, 0))  # coordinate falls while index 0 rises
    cut = position.cut(2500.0, (10, 0), out_shape=(9, 9), pixel_size_um=50.0)
    assert cut[-1, 4] < cut[0, 4]
    cut = position.cut(2500.0, (0, 10), out_shape=(9, 9), pixel_size_um=50.0)
    assert cut[4, -1] < cut[4, 0]


def test_default_size_spans_the_volume():
    volume = ramp((1, 0, 0))
    assert volume.voxel_size_um == (100, 200, 50)
    assert volume.centre_um == (2500, -1500, 0)
    assert volume.cut(2500.0).shape == (100, 29)
    assert volume.cut(2500.0, pixel_size_um=100.0).shape == (50, 14)


def test_labels_keep_type_and_value():
    data = np.random.default_rng(0).integers(0, 2**32 - 1, SHAPE, np.uint32)
    volume = Volume(data, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), AXES, AXES)
    found = volume.cut(3.4, order=0)
    assert found.dtype == np.uint32
    assert np.array_equal(found, data[3])


def test_cut_plane_of_an_axis_parallel_plane_in_another_axis_order():
    volume = ramp((1.0, 0.0, 0.0))
    plane = Plane(
        o=(ORIGIN[2] - 25, 3450.0, ORIGIN[1] + 100),
        u=(50.0 * 29, 0.0, 0.0),
        v=(0.0, 0.0, -200.0 * 25),
    )
    assert plane.point(0.5, 0.5) == pytest.approx((0, 3450, -1500))
    assert np.allclose(volume.cut_plane(plane, (25, 29)), 3450)
    data = np.random.default_rng(0).integers(0, 200, SHAPE, np.uint8)
    whole = Plane(o=(plane.o[0], 3400.0, plane.o[2]), u=plane.u, v=plane.v)
    assert np.array_equal(made(data).cut_plane(whole, (25, 29), order=0), data[6])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: v.cut(0.0, order=3), "order 3"),
        (lambda v: v.cut(float("nan")), "finite"),
        (lambda v: v.cut(0.0, (0, float("inf"))), "finite"),
        (lambda v: v.cut(0.0, pixel_size_um=0.0), "positive"),
        (lambda v: v.cut(0.0, out_shape=(0, 5)), "image shape"),
        (lambda v: made(np.zeros((3, 3))), "3 dimensions"),
        (lambda v: Volume(v.data, (1, 0, 1), ORIGIN, AXES, AXES), "must be finite and not 0"),
        (lambda v: Volume(v.data, STEP, ORIGIN, AXES, ("a", "b", "c")), "different axes"),
    ],
)
def test_impossible_requests(call, message):
    with pytest.raises(BrainseekError, match=message):
        call(ramp((1, 0, 0)))
