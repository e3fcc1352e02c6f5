"""The mouse Nissl atlas: geometry against the CCF, mirroring against loops, made folders."""

import time
from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.structures.midline import midline, mirror_right_half
from brainseek.catalog.volumes.volume import Volume

COLUMNS = "plate,width_px,height_px,pixel_size_um,ap_um_from_front,ox,oy,oz,ux,uy,uz,vx,vy,vz\n"


@pytest.fixture
def atlas(shared_data):
    return load_atlas("mouse-nissl")


def test_opening_is_fast(shared_data):
    start = time.perf_counter()
    assert len(load_atlas("mouse-nissl").positions_um) == 132
    assert time.perf_counter() - start < 0.5


def test_positions_are_the_ap_of_the_plates_centres(atlas):
    for plate in atlas.plates:
        ap, dv, ml = atlas.plane(plate.number).point(0.5, 0.5)
        assert ap == pytest.approx(plate.position_um, abs=1)
        if 13 <= plate.number <= 129:
            assert 0 < dv < 8000
            assert 4500 < ml < 6900


def test_ccf_labels_are_the_ccf_annotation_cut_along_the_planes(atlas, shared_data):
    """The NRRD in QuickNII order (right, front, top), turned to AP, DV, ML by its README."""
    nrrd = pytest.importorskip("nrrd")
    stored, _ = nrrd.read(str(shared_data / "mouse-ccf" / "annotation_25_reoriented_2017.nrrd"))
    volume = Volume(
        stored[:, ::-1, ::-1].transpose(1, 2, 0),
        (25.0, 25.0, 25.0),
        (12.5, 12.5, 12.5),
        atlas.space_axes,
        atlas.space_axes,
    )
    for number in (30, 100):
        expected = atlas.annotation(number, source="ccf")
        found = volume.cut_plane(atlas.plane(number), expected.shape, order=0)
        assert (found == expected).mean() > 0.9995


def test_template_lies_under_its_labels(atlas):
    for number in (40, 70, 110):
        labels = atlas.annotation(number, source="ccf")
        template = atlas.volume.cut_plane(atlas.plane(number), labels.shape)
        assert ((template > 40) == (labels > 0)).mean() > 0.9


def test_expert_labels_cover_the_right_half_and_mirror_fills_the_left(atlas):
    labels = atlas.annotation(70)
    whole = atlas.annotation(70, mirror=True)
    assert not labels[:, :480].any()
    assert np.array_equal(whole[labels > 0], labels[labels > 0])
    left, right = (whole[:, :512] > 0).sum(), (whole[:, 512:] > 0).sum()
    assert left == pytest.approx(right, rel=0.1)
    tissue = atlas.plate_image(70) > 25
    assert ((whole > 0) & tissue)[:, :512].sum() > 0.85 * tissue[:, :512].sum()
    with pytest.raises(BrainseekError, match="covers both hemispheres"):
        atlas.annotation(70, source="ccf", mirror=True)


def test_structures(atlas):
    tree = atlas.structures
    assert len(tree) == 1327
    assert tree.root.acronym == "root"
    cortex = tree.by_acronym["CTX"]
    assert cortex in tree.ancestors(tree.by_acronym["VISp5"].id)
    assert tree.by_acronym["VISp5"] in tree.descendants(cortex.id)


def tilted_half(slope: float) -> np.ndarray:
    """A labelled half disc to the right of the line column = 60 + slope · row."""
    row, column = np.mgrid[:121, :140]
    disc = (row - 60) ** 2 + (column - 60 - slope * 60) ** 2 < 50**2
    return np.where(disc & (column > 60 + slope * row), 1 + row // 40 + 10 * (column // 20), 0)


@pytest.mark.parametrize("slope", [0.0, 0.15, -0.1])
def test_midline_of_a_half_disc(slope):
    offset, found = midline(tilted_half(slope))
    assert found == pytest.approx(slope, abs=0.02)
    assert offset + found * 60 == pytest.approx(60 + slope * 60, abs=1)


def test_mirror_against_loops():
    labels = tilted_half(0.15)
    offset, slope = midline(labels)
    expected = labels.copy()
    normal = np.array([-slope, 1.0]) / np.hypot(1, slope)  # (row, column)
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            distance = normal @ (row, column - offset)
            r, c = np.rint(np.array([row, column]) - 2 * distance * normal).astype(int)
            if distance < -0.01 and 0 <= r < 121 and 0 <= c < 140 and labels[row, column] == 0:
                expected[row, column] = labels[r, c]
    assert (mirror_right_half(labels) == expected).mean() > 0.999
    assert (mirror_right_half(labels) > 0).sum() == pytest.approx(2 * (labels > 0).sum(), rel=0.03)
    with pytest.raises(BrainseekError, match="nothing to mirror"):
        mirror_right_half(np.zeros((20, 20), int))


def test_metadata_need_only_the_table(tmp_path: Path):
    row = "{},{},{},10,{},0,{},320,456,0,0,0,0,-320\n"
    rows = [row.format(n, 100, 80, 100.0 * n, 528 - 4 * n) for n in (2, 1)]
    (tmp_path / "plates.csv").write_text(COLUMNS + "".join(rows))
    atlas = load_atlas("mouse-nissl", tmp_path)
    assert atlas.positions_um.tolist() == [100, 200]
    assert atlas.plate(2).height_px == 80
    plane = atlas.plane(2)
    assert plane.point(0.5, 0.5) == pytest.approx((200, 4000, 5700))
    assert plane.point(1, 1) == pytest.approx((200, 8000, 11_400))
    for call, name in (
        (lambda: atlas.plate_image(1), r"001\.jpg"),
        (lambda: atlas.annotation(1), r"ara_labels\.npz"),
        (lambda: atlas.structures, r"structures\.csv"),
    ):
        with pytest.raises(BrainseekError, match=f"{name} is missing; get it with `brainseek data"):
            call()
    (tmp_path / "plates").mkdir()
    (tmp_path / "plates" / "001.jpg").write_bytes(b"no picture")
    with pytest.raises(BrainseekError, match="not a readable JPEG"):
        atlas.plate_image(1)


def test_damaged_tables(tmp_path: Path):
    for text, message in ((COLUMNS, "is empty"), ("plate,ox\n1,2\n", "lacks the columns")):
        (tmp_path / "plates.csv").write_text(text)
        with pytest.raises(BrainseekError, match=message):
            load_atlas("mouse-nissl", tmp_path).plates  # noqa: B018
