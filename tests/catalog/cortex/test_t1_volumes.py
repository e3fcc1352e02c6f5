"""Known T1 volumes with their surfaces, and volumes from files."""

import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.catalog.cortex.t1_volumes import (
    cortex_volume_names,
    cortex_volume_remark,
    load_cortex_volume,
    open_volume,
)
from brainseek.trainers.cortex.data import CORTEX_DATA, cortex_data
from brainseek.trainers.recipe import CortexSettings


def test_the_template_and_its_surface_lie_in_one_space():
    place = load_cortex_volume("t1-mni152")
    assert place.surface.space == "MNI152 RAS"
    assert place.volume.space_axes == ("x", "y", "z")
    assert "symmetric" in place.remark == cortex_volume_remark("t1-mni152")


def test_volumes_are_those_that_encoders_learn_from(shared_data):
    settings = CortexSettings("", "views", side_px=24, pixel_um=4000.0)
    for name in cortex_volume_names():
        ours, theirs = load_cortex_volume(name), cortex_data(name, settings)
        assert name in CORTEX_DATA
        assert ours.surface.name == theirs.surface.name
        assert ours.remark == theirs.remark
        np.testing.assert_array_equal(ours.volume.data, theirs.source.patches.volume.data)
        assert ours.volume.origin_um == theirs.source.patches.volume.origin_um


def test_a_file_keeps_its_world_coordinates(tmp_path):
    import nibabel

    values = np.random.default_rng(0).random((5, 6, 7)).astype(np.float32)
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = -3, 5, 7
    nibabel.Nifti1Image(values, affine).to_filename(tmp_path / "t1.nii.gz")
    volume = open_volume(tmp_path / "t1.nii.gz")
    for i, j, k in ((0, 0, 0), (4, 1, 6), (2, 5, 3)):
        world = dict(zip("xyz", 1000 * (affine @ (i, j, k, 1))[:3], strict=True))
        index = tuple(
            round((world[axis] - origin) / step)
            for axis, origin, step in zip(
                volume.axes, volume.origin_um, volume.step_um, strict=True
            )
        )
        assert volume.data[index] == values[i, j, k]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("t1-moon", "no known volume"),
        ("brain.mgz", "NIfTI"),
        ("nowhere.nii.gz", "missing"),
        ("mouse-ccf", "no volume in x, y, z"),
    ],
)
def test_what_is_no_volume_is_refused(name, says, shared_data):
    with pytest.raises(BrainseekError, match=says):
        open_volume(name)
    with pytest.raises(BrainseekError, match="choose one of t1-mni152"):
        load_cortex_volume(name)
