"""Targets: plates with their labels, and cuts through a volume."""

import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.alignment.target import target_from_plane, target_from_plate


def test_a_plate_brings_image_labels_and_plane():
    atlas = load_atlas("mni152")
    target = target_from_plate(atlas, 40)
    assert (target.atlas, target.plate) == ("mni152", 40)
    np.testing.assert_array_equal(target.labels, atlas.annotation(40))
    np.testing.assert_array_equal(target.image, atlas.plate_image(40))
    height, width = target.image.shape
    corner = target.to_atlas_um(np.array([[-0.5, -0.5], [height - 0.5, width - 0.5]]))
    plane = atlas.plane(40)
    np.testing.assert_allclose(corner, [plane.point(0, 0), plane.point(1, 1)])


def test_expert_labels_are_mirrored(shared_data):
    atlas = load_atlas("mouse-nissl")
    both, right = (target_from_plate(atlas, 70, mirror=flag).labels for flag in (True, False))
    assert (both > 0).sum() > 1.8 * (right > 0).sum()
    ccf = target_from_plate(atlas, 70, labels="ccf")
    np.testing.assert_array_equal(ccf.labels, atlas.annotation(70, "ccf"))


@pytest.mark.parametrize("tilt", [(0.0, 0.0), (8.0, -5.0)])
def test_a_cut_agrees_with_the_volume(tilt):
    atlas = load_atlas("mni152")
    target = target_from_plane(atlas, (-10_000.0, tilt), (180, 200), 1000.0)
    expected = atlas.volume.cut(-10_000.0, tilt, (180, 200), 1000.0)
    np.testing.assert_allclose(target.image, expected, atol=1e-2)
    assert target.plate is None
    again = target_from_plane(atlas, target.plane, (180, 200))
    np.testing.assert_allclose(again.image, target.image, atol=1e-2)
    assert again.pixel_size_um == pytest.approx(1000.0)


def test_atlas_points_go_there_and_back():
    target = target_from_plane(load_atlas("mni152"), (0.0, (5.0, 3.0)), (150, 160), 1000.0)
    pixels = np.array([[3.0, 4.0], [100.0, 20.0]])
    found, distance_um = target.from_atlas_um(target.to_atlas_um(pixels))
    np.testing.assert_allclose(found, pixels, atol=1e-6)
    np.testing.assert_allclose(distance_um, 0, atol=1e-6)
    normal = np.cross(target.plane.u, target.plane.v)
    off = target.to_atlas_um(pixels) + 250 * normal / np.linalg.norm(normal)
    found, distance_um = target.from_atlas_um(off)
    np.testing.assert_allclose(found, pixels, atol=1e-6)
    np.testing.assert_allclose(distance_um, 250, atol=1e-6)


def test_bad_targets_are_refused():
    atlas = load_atlas("mni152")
    with pytest.raises(BrainseekError, match="no plate 999"):
        target_from_plate(atlas, 999)
    with pytest.raises(BrainseekError, match="annotation"):
        target_from_plate(atlas, 40, labels="nobody's")
    with pytest.raises(BrainseekError, match="misses the volume"):
        target_from_plane(atlas, (900_000.0, (0.0, 0.0)))
    far = Plane((9e6, 9e6, 9e6), (1e5, 0.0, 0.0), (0.0, 0.0, -1e5))
    with pytest.raises(BrainseekError, match="misses the volume"):
        target_from_plane(atlas, far)
