"""Places of lone patches: the estimate by hand, the real template, calibration, errors."""

import math

import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.registry import read_card
from brainseek.index.fill.template import TemplateGrid, index_template, template_gray
from brainseek.registration.patches.calibration import KEY, calibration_of, fit_patch_calibration
from brainseek.registration.patches.estimate import (
    REACH_UM,
    TEMPERATURE,
    estimate_place,
    mirror_doubt,
    weights_of,
)
from brainseek.registration.patches.gallery import template_gallery
from brainseek.registration.patches.locate import encoder_of_modalities, locate_patch, midline_um
from tests.embedder.made_multimodal_encoder import SeeingEncoder, release_untrained

GRID = TemplateGrid(1000.0, 900.0, 0.5)
FEW = TemplateGrid(3000.0, 1500.0, 0.5)


def test_weights_fall_as_said():
    scores = np.array([0.9, 0.9 - TEMPERATURE, 0.5])
    assert weights_of(scores) == pytest.approx([1, math.exp(-1), math.exp(-0.4 / TEMPERATURE)])


def test_neighbours_elsewhere_do_not_pull():
    rng = np.random.default_rng(0)
    here = np.array([7000.0, 3000, 4000]) + rng.normal(0, 150, (12, 3))
    away = np.array([7000.0, 3000, 7400]) + rng.normal(0, 150, (7, 3))
    lone = np.array([[2000.0, 2000, 5000]])
    points = np.concatenate([away[:3], here, away[3:], lone])
    scores = np.linspace(0.95, 0.9, len(points))
    found = estimate_place(points, scores)
    weights = [math.exp((s - scores[0]) / TEMPERATURE) for s in scores]
    ours = range(3, 15)
    total = sum(weights[i] for i in ours)
    mean = [sum(weights[i] * points[i, axis] for i in ours) / total for axis in range(3)]
    spread = [
        math.sqrt(sum(weights[i] * (points[i, axis] - mean[axis]) ** 2 for i in ours) / total)
        for axis in range(3)
    ]
    np.testing.assert_allclose(found.point_um, mean)
    np.testing.assert_allclose(found.sd_um, spread)
    assert found.spread_um == pytest.approx(math.hypot(*spread))
    assert found.agreement == pytest.approx(total / sum(weights))
    doubt = mirror_doubt(found.point_um, points, scores, 5700.0)
    across = [i for i in range(len(points)) if points[i, 2] > 5700]
    assert doubt == pytest.approx(sum(weights[i] for i in across) / sum(weights))


def test_mirror_images_change_sides_and_nothing_else():
    rng = np.random.default_rng(1)
    points = np.array([6000.0, 2500, 3500]) + rng.normal(0, 200, (15, 3))
    points[-4:, 2] = 11400 - points[-4:, 2]
    scores = rng.uniform(0.7, 0.9, 15)
    left = estimate_place(points, scores)
    turned = points * (1, 1, -1) + (0, 0, 11400)
    right = estimate_place(turned, scores)
    np.testing.assert_allclose(right.point_um, left.point_um * (1, 1, -1) + (0, 0, 11400))
    np.testing.assert_allclose(right.sd_um, left.sd_um)
    assert mirror_doubt(left.point_um, points, scores, 5700) == pytest.approx(
        mirror_doubt(right.point_um, turned, scores, 5700)
    )


def test_the_grid_keeps_one_neighbour_from_being_certain():
    found = estimate_place(np.array([[1000.0, 2000, 3000]]), np.array([0.3]), (200.0, 350.0, 350.0))
    assert found.point_um.tolist() == [1000, 2000, 3000]
    np.testing.assert_allclose(found.sd_um, np.array([200, 350, 350]) / math.sqrt(12))
    # A point that is even over a cell has that spread.
    even = np.random.default_rng(0).uniform(-100, 100, 200_000)
    assert found.sd_um[0] == pytest.approx(even.std(), rel=0.01)


def test_the_mean_shift_follows_a_row_of_points_to_its_dense_end():
    line = np.array([[0.0, 0, 0], [REACH_UM * 0.9, 0, 0], [REACH_UM * 1.8, 0, 0]])
    dense = np.repeat(line[2:], 4, axis=0)
    found = estimate_place(np.concatenate([line, dense]), np.full(7, 0.5))
    np.testing.assert_allclose(found.point_um[0], (5 * 1.8 + 0.9) / 6 * REACH_UM)
    assert found.agreement == pytest.approx(6 / 7)


@pytest.mark.parametrize("points", [np.empty((0, 3)), np.full((3, 3), np.nan)])
def test_without_places_there_is_none(points):
    with pytest.raises(BrainseekError, match="give no place"):
        estimate_place(points, np.ones(len(points)))


def test_calibration_is_the_median_error_by_agreement():
    rng = np.random.default_rng(2)
    agreement = rng.uniform(0.1, 1, 4000)
    error = 300 / agreement * rng.lognormal(0, 0.5, 4000)
    score = rng.uniform(0.5, 1, 4000)
    fitted = fit_patch_calibration(agreement, error, score)
    for asked in (0.3, 0.6, 0.9):
        assert fitted.likely_um(asked) == pytest.approx(300 / asked, rel=0.12)
        near = np.abs(agreement - asked) < 0.05
        assert fitted.likely_um(asked) == pytest.approx(float(np.median(error[near])), rel=0.12)
    assert fitted.likely_um(2.0) == fitted.error_um[-1] <= fitted.error_um[0]
    assert np.mean(score < fitted.unlike_below) == pytest.approx(0.01, abs=0.001)
    assert calibration_of({KEY: fitted.to_dict()}) == fitted
    assert calibration_of({}) is None
    rising = fit_patch_calibration(np.arange(6.0), np.array([9.0, 9, 3, 3, 5, 5]), np.ones(6), 3)
    assert rising.error_um == (9, 3, 3)


def test_calibrations_that_cannot_be_are_refused():
    with pytest.raises(BrainseekError, match="can't be put into 8 groups"):
        fit_patch_calibration(np.ones(7), np.ones(7), np.ones(7))
    low = {"unlike_below": 0.5}
    for stored in (
        {"agreement": [1], **low}, {"agreement": ["x"], "error_um": [1], **low},
        {"agreement": [1], "error_um": [1]}, 3,
    ):  # fmt: skip
        with pytest.raises(BrainseekError, match="in the encoder's card is damaged"):
            calibration_of({KEY: stored})
    for nodes, errors in (([], []), ([2, 1], [1, 2])):
        with pytest.raises(BrainseekError, match="do not go together"):
            calibration_of({KEY: {"agreement": nodes, "error_um": errors, **low}})


@pytest.fixture(scope="module")
def seeing():
    return SeeingEncoder(side_px=48)


def test_the_gallery_lies_where_it_says(seeing, shared_data):
    atlas = load_atlas("mouse-ccf")
    gallery = template_gallery(atlas, seeing, GRID, progress=False)
    rows = gallery.rows()
    assert 100 < len(rows) < 2000
    ap = np.array([row["ap_um"] for row in rows])
    assert np.unique(np.diff(np.unique(ap))).tolist() == [1000.0]
    assert {row["modality"] for row in rows} == {"autofluorescence"}
    assert sum(row["structure"] is not None for row in rows) > 0.8 * len(rows)
    # The middle of the patch is the template there, looked up without cutting.
    from brainseek.index.writing.thumbnails import patch_of_png

    pictures = gallery.thumbnails()
    volume = atlas.volume
    gray = template_gray(volume, volume.data.reshape(volume.data.shape[0], -1)).reshape(
        volume.data.shape
    )
    close = []
    for row in rows[::20]:
        place = np.array([row["ap_um"], row["dv_um"], row["ml_um"]])
        voxel = tuple(np.rint((place - volume.origin_um) / volume.step_um).astype(int))
        middle = patch_of_png(pictures[row["id"]])[22:26, 22:26].mean()
        close.append(abs(middle - float(gray[voxel])))
    assert np.median(close) < 12
    again = template_gallery(atlas, SeeingEncoder(side_px=48), GRID, progress=False)
    assert again.uri == gallery.uri
    assert again.version == gallery.version


def test_a_patch_of_the_template_is_anchored_at_its_place(seeing, shared_data):
    atlas = load_atlas("mouse-ccf")
    volume = atlas.volume
    cut = template_gray(volume, volume.cut(7005.0, pixel_size_um=25.0))
    rows, columns = cut.shape
    corner = np.array(volume.plane_of_cut(7005.0, (0, 0), (rows, columns), 25.0).o)
    # 100 µm beside a patch of the gallery; the grid is centred on the cut.
    row = round(((rows - 1) % 36) / 2) + 36 * 3 + 4
    column = round(((columns - 1) % 36) / 2) + 36 * 3
    patch = cut[row - 24 : row + 24, column - 24 : column + 24]
    truth = corner + 25 * np.array([0, row, column])
    found = locate_patch(
        255 - patch, "nissl", encoder=seeing, k=8, pixel_um=25, grid=GRID, progress=False
    )
    assert np.linalg.norm(found.candidates_um[0] - truth) < 150
    assert np.linalg.norm(np.array(found.point_um) - truth) < 1000
    assert found.candidates_um.shape == (8, 3)
    assert (np.diff(found.scores) <= 0).all()
    assert min(found.sd_um) >= 900 / math.sqrt(12) - 1e-6
    assert found.likely_um == pytest.approx(math.hypot(*found.sd_um))
    assert not found.calibrated
    assert any("no calibration" in remark for remark in found.remarks)
    assert found.structure in {s.acronym for s in atlas.structures}
    answer = found.to_dict()
    assert answer["candidates"][0]["point_um"] == pytest.approx(found.candidates_um[0])
    same = locate_patch(
        patch, "nissl", encoder=seeing, k=8, bright_field=True, grid=GRID, progress=False
    )
    assert same.to_dict() == answer


@pytest.mark.parametrize(("low", "unlike"), [(-1.0, False), (2.0, True)])
def test_a_calibrated_encoder_says_its_error(low, unlike, shared_data):
    nodes = {"agreement": [0.0, 1.0], "error_um": [50.0, 50.0], "unlike_below": low}
    encoder = SeeingEncoder(side_px=48, measured={KEY: nodes})
    noise = np.random.default_rng(0).integers(0, 255, (48, 48)).astype(np.uint8)
    found = locate_patch(noise, "nissl", encoder=encoder, grid=FEW, progress=False)
    assert (found.likely_um, found.calibrated) == (50.0, True)
    assert any("like nothing in the template" in one for one in found.remarks) == unlike
    assert len(found.remarks) == 1 + unlike


def test_the_template_as_a_collection(tmp_path, seeing, shared_data):
    first = index_template("mouse-ccf", tmp_path / "c", seeing, grid=FEW, progress=False)
    gallery = template_gallery(load_atlas("mouse-ccf"), seeing, FEW, progress=False)
    assert first.collection.ids() == gallery.ids()
    assert first.rows == len(gallery)
    index_template("mouse-ccf", tmp_path / "c", seeing, grid=FEW, progress=False)
    assert first.collection.ids() == gallery.ids()


def test_the_midline_is_that_of_the_annotation(shared_data):
    assert midline_um(load_atlas("mouse-ccf")) == 5700.0


def test_the_default_encoder_knows_both(tmp_path):
    with pytest.raises(BrainseekError, match=r"knows nissl and pli; .*none installed"):
        encoder_of_modalities(("nissl", "pli"), tmp_path)
    release_untrained(tmp_path, "a", modalities=("cellbody", "transmittance"))
    release_untrained(tmp_path, "b")
    assert encoder_of_modalities(("nissl", "autofluorescence"), tmp_path) == "b"
    assert read_card("b", tmp_path).modalities == ("nissl", "autofluorescence")
    with pytest.raises(BrainseekError, match="a: cellbody, transmittance; b: nissl, auto"):
        encoder_of_modalities(("nissl", "pli"), tmp_path)


def test_bad_input_is_one_sentence(tmp_path, seeing):
    patch = np.random.default_rng(0).integers(0, 255, (48, 48)).astype(np.uint8)
    with pytest.raises(BrainseekError, match=r"'pli' is unknown .*nissl, autofluorescence"):
        locate_patch(patch, "pli", encoder=seeing)
    with pytest.raises(BrainseekError, match="template of mni152 is not known"):
        locate_patch(patch, "nissl", encoder=seeing, atlas="mni152")
    with pytest.raises(BrainseekError, match="is impossible"):
        TemplateGrid(cut_um=0)
    with pytest.raises(BrainseekError, match="'autofluorescence' is unknown"):
        index_template("mouse-ccf", tmp_path, SeeingEncoder(modalities=("nissl", "pli")))
