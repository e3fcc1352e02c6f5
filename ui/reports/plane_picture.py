"""The place of a patch on a plane of the template, with how far it may be off."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from brainseek.registration.patches.plane_cut import PlaneCut
from brainseek.ui.reports.patch_place_picture import INK, OTHER, PLACE

ENLARGED = 2
TRUTH = "#2ecc71"
"""Colour of the place that is known."""
_LINE, _ARM = 4, 16


def plane_picture(cut: PlaneCut) -> NDArray[np.uint8]:
    """Draw a plane of the template through a place.

    Returns
    -------
    ndarray of uint8, (rows, columns, 3)
        An ellipse of one standard deviation around the place, a ring of the likely error, the
        candidates as dots, and other points, such as the known place, as crosses.
    """
    picture = Image.fromarray(cut.gray).convert("RGB")
    picture = picture.resize((picture.width * ENLARGED, picture.height * ENLARGED))
    draw = ImageDraw.Draw(picture)
    for spot in cut.candidates[::-1]:
        _oval(draw, _enlarged(spot), np.full(2, 6.0), fill=OTHER)
    for row, column in _enlarged(cut.others):
        for colour, width in ((INK, 2 * _LINE), (TRUTH, _LINE)):
            draw.line((column - _ARM, row, column + _ARM, row), fill=colour, width=width)
            draw.line((column, row - _ARM, column, row + _ARM), fill=colour, width=width)
    place = _enlarged(cut.place)
    _oval(draw, place, np.full(2, cut.likely_px * ENLARGED), outline="#ffffff")
    _oval(draw, place, cut.sd_px * ENLARGED, outline=PLACE)
    return np.asarray(picture)


def _enlarged(spots: NDArray[np.float64]) -> NDArray[np.float64]:
    return (spots + 0.5) * ENLARGED


def _oval(
    draw: ImageDraw.ImageDraw,
    spot: NDArray[np.float64],
    radii: NDArray[np.float64],
    fill: str | None = None,
    outline: str | None = None,
) -> None:
    (row, column), (down, across) = spot, radii
    box = (column - across, row - down, column + across, row + down)
    draw.ellipse(box, fill=fill, outline=outline, width=_LINE if outline else 0)
