"""NIfTI slices, oriented by an independent route (nibabel's closest canonical image)."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import read_section

SHAPE = (20, 24, 28)


def volume(dtype: type = np.int16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 1000, SHAPE).astype(dtype)


def save(path: Path, data: np.ndarray, codes: str = "RAS", size: tuple = (0.1, 0.1, 0.1)) -> None:
    """Write a volume whose stored axes point along the given letters."""
    affine = np.zeros((4, 4))
    for stored, code in enumerate(codes):
        world = "RLAPSI".index(code) // 2
        affine[world, stored] = size[stored] * (1 if code in "RAS" else -1)
    affine[3, 3] = 1
    nibabel.save(nibabel.Nifti1Image(data, affine), path)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "SAL", "ASR"])
@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
def test_slices_of_every_storage_order(tmp_path: Path, codes, name):
    save(tmp_path / name, volume(), codes)
    ras = np.asarray(nibabel.as_closest_canonical(nibabel.load(tmp_path / name)).dataobj)
    for axis, expected in ((0, ras[3].T[::-1]), (1, ras[:, 3].T[::-1]), (2, ras[:, :, 3].T[::-1])):
        section = read_section(tmp_path / name, slice_index=3, axis=axis)
        assert np.array_equal(section.image, expected)
        assert section.image.dtype == np.float32
        assert section.pixel_size_um == pytest.approx(100)


def test_coronal_is_the_usual_axis_and_scaling_is_applied(tmp_path: Path):
    image = nibabel.Nifti1Image(volume(np.uint8), np.eye(4))
    image.header.set_slope_inter(2.0, 5.0)
    nibabel.save(image, tmp_path / "v.nii")
    stored = np.asarray(nibabel.load(tmp_path / "v.nii").dataobj)
    found = read_section(tmp_path / "v.nii", slice_index=10).image
    assert np.allclose(found, stored[:, 10].T[::-1])


def test_units_and_voxels_that_are_not_square(tmp_path: Path):
    save(tmp_path / "v.nii", volume(), size=(50, 25, 25))
    image = nibabel.load(tmp_path / "v.nii")
    image.header.set_xyzt_units("micron")
    nibabel.save(image, tmp_path / "u.nii")
    section = read_section(tmp_path / "u.nii", slice_index=0)
    assert section.pixel_size_um == pytest.approx(25)
    assert section.image.shape == (28, 40)


def test_single_slice_needs_no_choice(tmp_path: Path):
    for flat in (volume()[:, :1], volume()[:, :, :1], volume()[:1], volume()[0]):
        save(tmp_path / "f.nii", flat)
        assert read_section(tmp_path / "f.nii").image.size == flat.size


def test_choices_that_are_missing_or_impossible(tmp_path: Path):
    save(tmp_path / "v.nii", volume())
    with pytest.raises(BrainseekError, match="stack of 24 coronal slices; choose one"):
        read_section(tmp_path / "v.nii")
    with pytest.raises(BrainseekError, match="stack of 28 axial slices"):
        read_section(tmp_path / "v.nii", axis=2)
    with pytest.raises(BrainseekError, match="slice 24"):
        read_section(tmp_path / "v.nii", slice_index=24)
    with pytest.raises(BrainseekError, match="slice -1"):
        read_section(tmp_path / "v.nii", slice_index=-1)
    with pytest.raises(BrainseekError, match="axis 3"):
        read_section(tmp_path / "v.nii", slice_index=0, axis=3)
    save(tmp_path / "t.nii", np.stack([volume(), volume()], axis=3))
    with pytest.raises(BrainseekError, match="4 dimensions"):
        read_section(tmp_path / "t.nii", slice_index=3)


def test_complex_and_truncated(tmp_path: Path):
    save(tmp_path / "c.nii", volume(np.complex64))
    with pytest.raises(BrainseekError, match="real numbers"):
        read_section(tmp_path / "c.nii", slice_index=3)
    for name in ("v.nii", "v.nii.gz"):
        save(tmp_path / name, volume())
        content = (tmp_path / name).read_bytes()
        for share in (0.1, 0.6):
            (tmp_path / name).write_bytes(content[: int(len(content) * share)])
            with pytest.raises(BrainseekError, match="damaged or incomplete NIfTI"):
                read_section(tmp_path / name, slice_index=20)
