"""Paper of a series: little tissue, padding and uneven light don't change what is tissue."""

import numpy as np

from brainseek.catalog.sections.section import section_from_array
from brainseek.registration.series.background import (
    level_background,
    on_dark_background,
    without_padding,
)


def slide(half_side: int, paper: int = 235, ink: int = 120) -> np.ndarray:
    image = np.full((80, 120), paper, np.uint8)
    image[40 - half_side : 40 + half_side, 60 - half_side : 60 + half_side] = ink
    return image


def test_a_speck_of_tissue_is_tissue_where_the_others_show_bright_paper():
    sides = [30, 28, 26, 3]
    shown = on_dark_background([section_from_array(slide(side)) for side in sides])
    for side, section in zip(sides, shown, strict=True):
        assert (section.image > 128).sum() == (2 * side) ** 2
    (alone,) = on_dark_background([section_from_array(slide(3))])
    assert (alone.image > 128).sum() > 80 * 120 / 2


def test_dark_series_stay_as_they_are():
    images = [255 - slide(side) for side in (30, 3)]
    for image, section in zip(
        images, on_dark_background([section_from_array(i) for i in images]), strict=True
    ):
        np.testing.assert_array_equal(section.image, image)


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
