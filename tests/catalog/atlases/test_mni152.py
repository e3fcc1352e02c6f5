"""The mni152 atlas against the volumes inside nilearn."""

import nibabel
import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError


@pytest.fixture(scope="module")
def atlas():
    return load_atlas("mni152")


def test_plates_cover_the_brain(atlas):
    assert len(atlas.plates) == 88
    assert np.array_equal(atlas.positions_um, np.arange(70, -105, -2) * 1000.0)
    area_cm2 = [(plane > 0).sum() / 100 for plane in atlas.volume.data]
    y_um = atlas.volume.origin_um[0] + atlas.volume.step_um[0] * np.arange(len(area_cm2))
    large = y_um[np.array(area_cm2) >= 10]
    assert large.max() < 72_000
    assert large.min() > -106_000
    assert np.isin(atlas.positions_um, large).all()


def packaged(atlas, kind: str) -> nibabel.Nifti1Image:
    """Open one of nilearn's volumes directly; importing nilearn itself takes seconds."""
    name = f"mni_icbm152_{kind}_tal_nlin_sym_09a_converted.nii.gz"
    return nibabel.load(atlas.folder / name)


def test_pictures_match_the_packaged_volume_by_mni_coordinates(atlas):
    """Read single voxels through the file's own affine, point by point."""
    template = packaged(atlas, "t1")
    values = template.get_fdata()
    to_voxel = np.linalg.inv(template.affine)
    rng = np.random.default_rng(0)
    for number in (5, 30, 50, 80):
        image, plane = atlas.plate_image(number), atlas.plane(number)
        for row, column in rng.integers((40, 30), (170, 160), (25, 2)):
            point_um = plane.point((column + 0.5) / 197, (row + 0.5) / 189)
            voxel = to_voxel @ np.array([*(c / 1000 for c in point_um), 1.0])
            expected = values[tuple(np.rint(voxel[:3]).astype(int))]
            assert image[row, column] == pytest.approx(expected)


def test_orientation(atlas):
    """Superior is up: the cerebellum and brain stem lie in the lower half of posterior plates."""
    y = int(np.flatnonzero(atlas.positions_um == -30_000)[0]) + 1
    rows = np.flatnonzero(atlas.plate_image(y).any(axis=1))
    assert 189 - rows.max() < rows.min()  # the brain stem reaches the lower border first
    assert atlas.plane(y).u[0] > 0
    assert atlas.plane(y).v[2] < 0


def test_cuts_of_the_volume_are_the_plates(atlas):
    for number in (1, 44, 88):
        cut = atlas.volume.cut(atlas.plate(number).position_um)
        assert np.array_equal(cut, atlas.plate_image(number))
        cut = atlas.volume.cut_plane(atlas.plane(number), (189, 197))
        assert np.allclose(cut, atlas.plate_image(number), atol=0.01)


def test_coarse_volume_shows_the_same_anatomy_at_the_same_place(atlas):
    coarse = atlas.volume_at(2)
    assert coarse.data.shape == (116, 94, 98)
    assert coarse.voxel_size_um == (2000, 2000, 2000)
    for position in (-40_000.0, 10_000.0):
        fine = atlas.volume.cut(position, (8, -5), (90, 90), 2000.0)
        other = coarse.cut(position, (8, -5), (90, 90), 2000.0)
        assert np.corrcoef(fine.ravel(), other.ravel())[0, 1] > 0.98
        shifted = coarse.cut(position + 4000, (8, -5), (90, 90), 2000.0)
        worse = np.corrcoef(fine.ravel(), shifted.ravel())[0, 1]
        assert worse < np.corrcoef(fine.ravel(), other.ravel())[0, 1]
    with pytest.raises(BrainseekError, match="voxel size 5 mm"):
        atlas.volume_at(5)


def test_tissue_labels_match_the_probability_maps(atlas):
    grey, white = (packaged(atlas, kind).get_fdata() / 255 for kind in ("gm", "wm"))
    labels = atlas.annotation(45)
    y = round(atlas.plate(45).position_um / 1000) + 134
    for row in range(0, 189, 3):
        for column in range(0, 197, 3):
            g, w = grey[column, y, 188 - row], white[column, y, 188 - row]
            expected = 0 if max(g, w) <= 0.2 else 1 if g >= w else 2
            assert labels[row, column] == expected
    assert [atlas.structures[i].name for i in (1, 2, 3)] == ["grey matter", "white matter", "brain"]


def test_mirror_and_missing_files_are_refused(atlas, tmp_path):
    with pytest.raises(BrainseekError, match="both hemispheres"):
        atlas.annotation(5, mirror=True)
    with pytest.raises(BrainseekError, match=r"t1_tal_nlin_sym_09a.*is missing"):
        load_atlas("mni152", tmp_path).plate_image(1)
