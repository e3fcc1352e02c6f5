"""The ground of a series: little tissue, padding and uneven light don't change what is tissue."""

import numpy as np
import pytest

from brainseek.catalog.sections.section import section_from_array
from brainseek.embedder.registry import load_encoder
from brainseek.registration.series.background import (
    level_background,
    on_dark_background,
    without_padding,
)
from brainseek.registration.series.member_view import seen_member, views_of_series


def slide(half_side: int, paper: int = 235, ink: int = 120) -> np.ndarray:
    image = np.full((80, 120), paper, np.uint8)
    image[40 - half_side : 40 + half_side, 60 - half_side : 60 + half_side] = ink
    return image


def test_a_speck_of_tissue_is_tissue_where_the_others_show_a_bright_ground():
    for side in (30, 28, 26):
        found = on_dark_background(slide(side))
        assert found.bright_ground
        assert found.darkened is None
        assert (found.gray > 128).sum() == (2 * side) ** 2
    speck = on_dark_background(slide(3))
    assert not speck.bright_ground
    assert (speck.gray > 128).sum() > 80 * 120 / 2
    assert (speck.darkened > 128).sum() == 6**2


@pytest.mark.parametrize("sides", [(30, 28, 26, 3), (3,)])
def test_a_series_lies_on_the_ground_that_most_of_it_shows(sides):
    encoder = load_encoder("plates-mni152", device="cpu")
    members = [seen_member(section_from_array(slide(side)), encoder) for side in sides]
    speck = views_of_series(members)[-1]
    assert (speck.picture.gray > 128).mean() < 0.01 or len(sides) == 1
    assert (speck is members[-1].on_bright) == (len(sides) > 1)


def test_dark_sections_stay_as_they_are():
    for side in (30, 3):
        image = 255 - slide(side)
        found = on_dark_background(image)
        np.testing.assert_array_equal(found.gray, image)
        assert found.darkened is None


def test_padding_is_cut_off_and_paper_is_not():
    padded = np.pad(slide(20), ((0, 9), (5, 0)), constant_values=255)
    cut = without_padding(padded)
    assert cut.shape == (78, 118)
    assert (cut < 250).all()
    np.testing.assert_array_equal(without_padding(slide(20)), slide(20))
    white = np.full((40, 40), 255, np.uint8)
    np.testing.assert_array_equal(without_padding(white), white)


def test_a_slope_of_light_is_taken_out():
    rows = np.linspace(-12, 12, 80)[:, None]
    lit = np.clip(slide(25).astype(float) + rows, 0, 255).astype(np.uint8)
    lit[:10, 50:60] = 120  # tissue that touches the border
    even = level_background(lit).astype(float)
    assert np.ptp(even[:, 0]) < 4
    assert abs(np.median(even[:, 0]) - 235) < 3
    dark = 255 - lit
    assert level_background(dark) is dark
