"""Preprocessing: crop, polarity, padding, and what it refuses."""

import cv2
import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import section_from_array
from brainseek.embedder.preprocessing.section_gray import (
    Preprocessing,
    dark_background,
    paired_gray,
    tissue_box,
    to_gray_uint8,
)
from tests.catalog.pairs.made_pairs import disc as shape_disc
from tests.catalog.pairs.made_pairs import smooth_field


def disc(height: int = 200, width: int = 300, radius: int = 50) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(y - 80, x - 180) < radius
    return np.where(inside, 150 + 40 * np.sin(x / 3), 4).astype(np.uint8)


def test_the_tissue_is_cropped_and_centred_in_a_square():
    out = Preprocessing(size=96)(disc())
    assert out.shape == (96, 96)
    assert out.dtype == np.float32
    assert 0.0 <= out.min() <= out.max() <= 1.0
    rows, columns = np.nonzero(out > 0.3)
    assert rows.min() < 6
    assert rows.max() > 88
    assert abs(columns.mean() - 47.5) < 3


def test_box_of_a_disc_is_where_the_disc_is():
    top, bottom, left, right = tissue_box(disc(), 0.05, 0.0)
    assert np.allclose([top, bottom, left, right], [30, 131, 130, 231], atol=8)


def test_surroundings_do_not_change_the_answer():
    alone = Preprocessing(size=64)(disc())
    padded = Preprocessing(size=64)(np.pad(disc(), ((0, 60), (70, 0)), constant_values=4))
    assert np.corrcoef(alone.ravel(), padded.ravel())[0, 1] > 0.9


def test_bright_field_becomes_dark_background():
    bright = (255 - disc()).astype(np.uint8)
    assert dark_background(bright)[0, 0] == 0
    assert np.array_equal(dark_background(disc()), disc())
    ours, theirs = Preprocessing(size=64)(bright), Preprocessing(size=64)(disc())
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.9


def test_size_and_type_of_the_source_do_not_matter():
    large = cv2.resize(disc(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    for other in (large, large.astype(np.uint16) * 200, large.astype(np.float32) / 7 - 3):
        ours, theirs = Preprocessing(size=64)(other), Preprocessing(size=64)(disc())
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.85


def test_colour_is_weighted_as_luma():
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 255, (20, 30, 3), dtype=np.uint8)
    expected = colour @ np.array([0.299, 0.587, 0.114])
    assert np.abs(to_gray_uint8(colour) - expected).max() <= 1.0


@pytest.mark.parametrize("shape", [(4, 5, 6), (3,), (0, 5), (2, 2, 2, 3)])
def test_what_is_not_an_image_is_refused(shape):
    with pytest.raises(BrainseekError, match="not an image"):
        to_gray_uint8(np.zeros(shape, np.uint8))


def test_nan_is_refused():
    with pytest.raises(BrainseekError, match="NaN"):
        to_gray_uint8(np.full((20, 20), np.nan, np.float32))


@pytest.mark.parametrize("image", [np.zeros((30, 40), np.uint8), np.full((2, 2), 9, np.uint8)])
def test_empty_pictures_give_numbers_not_crashes(image):
    assert np.isfinite(Preprocessing(size=32)(image)).all()


def test_bright_and_dark_fields_show_the_same_tissue():
    tissue = shape_disc((600, 700), 0.35)
    field = (100 + 100 * smooth_field((600, 700), 8, 0)).astype(np.uint8)
    dark = np.where(tissue, field, 3).astype(np.uint8)
    for image in (dark, 250 - dark):
        gray, mask = paired_gray(section_from_array(image, 10.0))
        assert gray.dtype == np.uint8
        assert gray[tissue].mean() > 80 > 10 > gray[~tissue].mean()
        assert (mask & tissue).sum() / (mask | tissue).sum() > 0.93
    own = shape_disc((600, 700), 0.2)
    _, mask = paired_gray(section_from_array(dark, 10.0, tissue_mask=own))
    np.testing.assert_array_equal(mask, own)
