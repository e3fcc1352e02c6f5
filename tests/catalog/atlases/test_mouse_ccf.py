"""The CCFv3 volumes: the fine annotation against the coarse one, the plates and the file."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.atlases.ccf_volumes import COARSE, FINE, FINE_SHAPE
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Volume

nrrd = pytest.importorskip("nrrd", reason="pynrrd is not installed")


def label_at(point_um: np.ndarray, volume: Volume) -> int:
    """The label of the 25 µm voxel that holds a point, by index arithmetic alone."""
    index = np.floor(point_um / 25).astype(int)
    inside = (index >= 0).all() and (index < volume.data.shape).all()
    return int(volume.ids[volume.data[tuple(index)]]) if inside else 0


@pytest.fixture
def atlas(shared_data):
    return load_atlas("mouse-ccf")


def test_fine_and_coarse_annotations_agree_best_where_they_are_placed(atlas, shared_data, tmp_path):
    """Labels at the centres of coarse voxels; half a coarse voxel to any side is worse."""
    shutil.copy(shared_data / "mouse-ccf" / COARSE, tmp_path)
    coarse = load_atlas("mouse-ccf", tmp_path).annotation_volume
    fine = atlas.annotation_volume
    assert fine.data.shape == (528, 320, 456)
    assert fine.data.nbytes < 160e6
    assert fine.voxel_size_um == (25.0, 25.0, 25.0)
    assert fine.origin_um == (12.5, 12.5, 12.5)
    assert atlas.volume.origin_um == coarse.origin_um
    at = np.argwhere(coarse.data[3:-3, 3:-3, 3:-3] > 0)[::37] + 3
    labels = coarse.ids[coarse.data[tuple(at.T)]]

    def agreement(*shift_um: float) -> float:
        points = np.array(coarse.origin_um) + at * 100 + np.array(shift_um)
        index = np.floor(points / 25).astype(int)
        return float((fine.ids[fine.data[tuple(index.T)]] == labels).mean())

    here = agreement(0.0, 0.0, 0.0)
    assert here > 0.95
    for shift in np.concatenate([50.0 * np.eye(3), -50.0 * np.eye(3)]):
        assert agreement(*shift) < 0.91


def test_the_template_is_symmetric_at_the_middle_of_the_annotation(atlas):
    """Mirroring at ML 5700 µm maps the template onto itself better than 50 µm beside it."""
    template = atlas.volume
    middle = atlas.annotation_volume.centre_um[2]
    assert middle == 5700.0

    def unlikeness(at_um: float) -> float:
        k = np.arange(20, 90)
        mirrored = (2 * at_um - (template.origin_um[2] + 100 * k) - template.origin_um[2]) / 100
        low = np.floor(mirrored).astype(int)
        share = mirrored - low
        there = template.data[:, :, low] * (1 - share) + template.data[:, :, low + 1] * share
        return float(np.abs(there - template.data[:, :, k]).mean())

    assert unlikeness(middle) < 0.5 * min(unlikeness(middle - 50), unlikeness(middle + 50))


def test_fine_annotation_against_the_file_in_its_own_order(atlas, shared_data):
    """AP and DV are counted from the far ends of the file's axes, ML from its start."""
    stored, _ = nrrd.read(str(shared_data / "mouse-ccf" / FINE))
    volume = atlas.annotation_volume
    for i, j, k in np.random.default_rng(0).integers(0, FINE_SHAPE[2], (4000, 3)):
        assert volume.ids[volume.data[i, j, k]] == stored[k, 527 - i, 319 - j]


@pytest.mark.parametrize("orientation", ["coronal", "sagittal", "horizontal"])
def test_labels_of_plates_by_their_points(atlas, orientation):
    turned = load_atlas(f"mouse-ccf@{orientation}")
    volume = atlas.annotation_volume
    number = len(turned.plates) // 3
    labels, plane = turned.annotation(number), turned.plane(number)
    height, width = labels.shape
    known = {structure.id for structure in turned.structures}
    for row, column in np.random.default_rng(1).integers(0, 320, (200, 2)):
        point = np.array(plane.point((column + 0.5) / width, (row + 0.5) / height))
        found = {label_at(point + e, volume) for e in (-0.5, 0.5)}
        assert labels[row, column] in found
        assert found - {0} <= known


def test_the_nissl_atlas_cuts_the_same_volumes(atlas):
    nissl = load_atlas("mouse-nissl")
    assert np.array_equal(nissl.volume.data, atlas.volume.data)
    assert nissl.annotation_volume is atlas.annotation_volume or np.shares_memory(
        nissl.annotation_volume.data, atlas.annotation_volume.data
    )
    assert nissl.plane_remarks == ()


def test_a_missing_fine_annotation_is_said(shared_data, tmp_path: Path):
    shutil.copy(shared_data / "mouse-ccf" / COARSE, tmp_path)
    atlas = load_atlas("mouse-ccf", tmp_path)
    assert atlas.annotation_volume.voxel_size_um == (100.0, 100.0, 100.0)
    (remark,) = atlas.remarks
    assert FINE in remark
    assert "100 µm" in remark
    assert atlas.annotation(60).any()


def test_damaged_and_missing_files(shared_data, tmp_path: Path):
    atlas = load_atlas("mouse-ccf", tmp_path)
    with pytest.raises(BrainseekError, match=f"{COARSE} is missing; get it with `brainseek data"):
        _ = atlas.plates
    (tmp_path / COARSE).write_bytes(b"no archive")
    with pytest.raises(
        BrainseekError, match=r"can't be read .*; check it with `brainseek data ver"
    ):
        _ = atlas.plates
    (tmp_path / FINE).write_bytes(b"NRRD0005\n\nnothing")
    with pytest.raises(BrainseekError, match=f"{FINE} can't be read"):
        _ = atlas.annotation_volume
    with pytest.raises(BrainseekError, match="is not a folder"):
        load_atlas("mouse-ccf", tmp_path / "nowhere")
