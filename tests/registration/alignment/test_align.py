"""Alignment of sections made from a plate by a known map."""

import cv2
import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.sections.section import section_from_array
from brainseek.registration.alignment.align import align
from brainseek.registration.alignment.target import target_from_plate

PLATE = 40


@pytest.fixture(scope="module")
def target():
    return target_from_plate(load_atlas("mni152"), PLATE)


def moved(image: np.ndarray, angle: float, scale: float, shape: tuple[int, int], bend: float = 0):
    """A section and its true map to the image's pixels, as a function of (row, column)."""
    turn = np.deg2rad(angle)
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    middle, goal = (np.array(shape) - 1) / 2, (np.array(image.shape) - 1) / 2

    def to_image(points):
        points = np.asarray(points, float)
        waves = bend * np.sin(points[:, ::-1] / np.array(shape)[::-1] * 6.3)
        return (points + waves - middle) @ linear.T + goal

    grid = np.mgrid[: shape[0], : shape[1]].reshape(2, -1).T
    at = to_image(grid).astype(np.float32).T.reshape(2, *shape)
    return section_from_array(cv2.remap(image, at[1], at[0], cv2.INTER_LINEAR)), to_image


def error_px(alignment, to_image, target) -> float:
    """Mean distance in target pixels from the true place, in the tissue of the section."""
    tissue = np.argwhere(alignment.section.gray() > 0.2)[::7]
    away = np.linalg.norm(alignment.to_target(tissue) - to_image(tissue), axis=1)
    return float(away.mean())


@pytest.mark.parametrize("angle", [0, 20, -20])
def test_a_turned_and_scaled_plate_is_brought_back(target, angle):
    section, to_image = moved(target.image, angle, 1.3, (330, 340))
    alignment = align(section, target, nonlinear=False)
    assert alignment.method == "affine"
    assert error_px(alignment, to_image, target) < 1.0
    assert alignment.quality.trusted, alignment.quality


def test_an_upside_down_plate_is_brought_back(target):
    section, to_image = moved(target.image, 175, 1.0, (240, 240))
    assert error_px(align(section, target, nonlinear=False), to_image, target) < 1.0


def test_other_contrast_and_a_bend(target):
    section, to_image = moved(target.image, 6, 1.0, (240, 240), bend=5.0)
    image = section.image.astype(float) / 255
    other = np.where(image > 0.15, 0.25 + 0.75 * (1 - image), 0.0)
    section = section_from_array((other * 255).astype(np.uint8))
    straight, curved = (align(section, target, nonlinear=flag) for flag in (False, True))
    assert curved.method == "affine+bspline"
    assert error_px(curved, to_image, target) < 0.7 * error_px(straight, to_image, target)
    assert curved.quality.folding == 0


def test_missing_half_pulls_nothing(target):
    section, to_image = moved(target.image, 5, 1.0, (240, 240))
    image = section.image.copy()
    image[:, 125:] = 0
    alignment = align(section_from_array(image, pixel_size_um=target.pixel_size_um), target)
    assert error_px(alignment, to_image, target) < 4.0


def test_points_go_there_and_back(target):
    section, _ = moved(target.image, 8, 1.2, (300, 310), bend=4.0)
    alignment = align(section, target)
    tissue = np.argwhere(section.gray() > 0.2)[::11]
    back = alignment.to_section(alignment.to_target(tissue))
    np.testing.assert_allclose(back, tissue, atol=0.5)
    pixels, distance_um = alignment.from_atlas_um(alignment.to_atlas_um(tissue))
    np.testing.assert_allclose(pixels, tissue, atol=0.5)
    np.testing.assert_allclose(distance_um, 0, atol=1e-3)


def test_labels_and_images_follow_the_map(target):
    section, _ = moved(target.image, 12, 1.0, (250, 250))
    alignment = align(section, target, nonlinear=False)
    labels = alignment.labels()
    assert labels.shape == section.image.shape
    assert labels.dtype == np.int32
    for row, column in ((100, 120), (125, 90), (150, 140)):
        r, c = np.rint(alignment.to_target(np.array([[row, column]]))[0]).astype(int)
        assert labels[row, column] == target.labels[r, c]
    there = alignment.warp_to_section(target.image)
    assert np.corrcoef(there.ravel(), section.image.ravel())[0, 1] > 0.97
    back = alignment.warp_to_target(section.image)
    assert back.shape == target.image.shape
    assert np.corrcoef(back.ravel(), target.image.ravel())[0, 1] > 0.97


def test_plane_of_an_affine_alignment_is_the_map(target):
    section, _ = moved(target.image, 12, 1.0, (250, 260))
    alignment = align(section, target, nonlinear=False)
    at = np.array([[10.0, 20.0], [200.0, 90.0]])
    plane = alignment.plane
    expected = [plane.point((c + 0.5) / 260, (r + 0.5) / 250) for r, c in at]
    np.testing.assert_allclose(alignment.to_atlas_um(at), expected, atol=1e-3)


def test_a_given_start_is_taken(target):
    section, to_image = moved(target.image, 60, 1.0, (260, 260))
    turn = np.deg2rad(60)
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    goal = to_image(np.zeros((1, 2)))[0]
    initial = np.column_stack([linear, goal + 3])
    found = align(section, target, nonlinear=False, initial=initial)
    assert error_px(found, to_image, target) < 1.0


def test_what_is_no_brain_is_not_trusted(target):
    rng = np.random.default_rng(1)
    noise = (rng.random((200, 200)) * 255).astype(np.uint8)
    quality = align(section_from_array(noise), target, nonlinear=False).quality
    assert not quality.trusted
    assert quality.warning


@pytest.mark.parametrize("shape", [(10, 10), (240, 239)])
def test_a_mask_of_another_shape_is_refused(target, shape):
    section, _ = moved(target.image, 0, 1.0, (240, 240))
    with pytest.raises(BrainseekError, match="mask"):
        align(section, target, mask=np.ones(shape, bool))


def test_an_empty_mask_is_refused(target):
    section, _ = moved(target.image, 0, 1.0, (240, 240))
    with pytest.raises(BrainseekError, match="too little"):
        align(section, target, mask=np.zeros((240, 240), bool))


@pytest.mark.parametrize("points", [np.zeros((4, 3)), np.zeros(2), np.full((1, 2), np.nan)])
def test_points_that_are_none_are_refused(target, points):
    section, _ = moved(target.image, 0, 1.0, (240, 240))
    alignment = align(section, target, nonlinear=False)
    with pytest.raises(BrainseekError, match="can't be mapped"):
        alignment.to_target(points)
    with pytest.raises(BrainseekError, match="not on the"):
        alignment.warp_to_section(np.zeros((5, 5)))


def test_missing_library_is_said(target, monkeypatch):
    from importlib.metadata import PackageNotFoundError

    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("brainseek.registration.alignment.align.version", absent)
    section, _ = moved(target.image, 0, 1.0, (240, 240))
    with pytest.raises(BrainseekError, match="pip install"):
        align(section, target)
