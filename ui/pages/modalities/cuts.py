"""The place of a patch on three cuts of the template, with how far it may be off."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from brainseek.catalog.volumes.volume import ORIENTATIONS
from brainseek.ui.reports.anchor_picture import INK, OTHER, PIXEL_UM, PLACE, plane_cut

if TYPE_CHECKING:
    from brainseek.registration.patches.patch_place import PatchPlace

ENLARGED = 2
TRUTH = "#2ecc71"
"""Colour of the place that is known."""
_LINE, _ARM = 4, 16


def cut_picture(
    answer: "PatchPlace", orientation: str, truth_um: NDArray[np.float64] | None = None
) -> NDArray[np.uint8]:
    """Draw a cut of the template through an anchor.

    Parameters
    ----------
    answer : PatchPlace
        Its atlas must be on this machine.
    orientation : str
        One of `brainseek.catalog.volumes.volume.ORIENTATIONS`.
    truth_um : ndarray, (3,), optional
        The place that is known.

    Returns
    -------
    ndarray of uint8, (rows, columns, 3)
        An ellipse of one standard deviation around the place, a ring of ``likely_um``, the
        candidates as dots, and the known place as a cross; the latter two dropped onto the cut.
    """
    known = np.zeros((0, 3)) if truth_um is None else np.asarray(truth_um)[None]
    joined = np.vstack([known, answer.candidates_um])
    cut, spots = plane_cut(dataclasses.replace(answer, candidates_um=joined), orientation)
    spots = (spots + 0.5) * ENLARGED
    per_um = ENLARGED / PIXEL_UM
    picture = Image.fromarray(cut).convert("RGB")
    picture = picture.resize((cut.shape[1] * ENLARGED, cut.shape[0] * ENLARGED))
    draw = ImageDraw.Draw(picture)
    for spot in spots[: len(known) : -1]:
        _oval(draw, spot, np.full(2, 6.0), fill=OTHER)
    for row, column in spots[1 : 1 + len(known)]:
        for colour, width in ((INK, 2 * _LINE), (TRUTH, _LINE)):
            draw.line((column - _ARM, row, column + _ARM, row), fill=colour, width=width)
            draw.line((column, row - _ARM, column, row + _ARM), fill=colour, width=width)
    sd = np.array([answer.sd_um[axis] for axis in ORIENTATIONS[orientation][1:]]) * per_um
    _oval(draw, spots[0], np.full(2, answer.likely_um * per_um), outline="#ffffff")
    _oval(draw, spots[0], sd, outline=PLACE)
    return np.asarray(picture)


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
