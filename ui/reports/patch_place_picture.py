"""The place of a patch as a picture: its best matches, and three cuts of the template."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.index.writing.thumbnails import patch_of_png
from brainseek.registration.exports.overlay import font
from brainseek.registration.patches.patch_place import PatchPlace
from brainseek.registration.patches.plane_cut import PLANES, plane_cut
from brainseek.ui.reports.output import png_file

SHOWN = 5
"""Most matches that are drawn."""
TILE, GAP, MARGIN, CAPTION, CUT_HEIGHT = 140, 10, 24, 40, 260
INK, QUIET, PAPER, PLACE, OTHER = "#1d2430", "#667085", "#ffffff", "#e5484d", "#3e9bff"


def patch_place_picture(gray: NDArray[np.uint8], answer: PatchPlace) -> bytes:
    """Draw patch, best matches and place as a PNG file.

    Parameters
    ----------
    gray : ndarray of uint8, (rows, columns)
        The patch with a dark background.
    answer : PatchPlace
        Its atlas must be on this machine.
    """
    cuts = [plane_cut(answer, orientation) for orientation in PLANES]
    sizes = [(round(CUT_HEIGHT * c.gray.shape[1] / c.gray.shape[0]), CUT_HEIGHT) for c in cuts]
    tiles = 1 + min(SHOWN, len(answer.scores))
    wide = max(tiles * (TILE + GAP), sum(width + GAP for width, _ in sizes)) - GAP
    sheet = Image.new(
        "RGB", (wide + 2 * MARGIN, 2 * MARGIN + TILE + 2 * CAPTION + CUT_HEIGHT), PAPER
    )
    draw = ImageDraw.Draw(sheet)
    pictures = [gray, *_matches(answer)]
    captions = [("your patch", answer.modality)] + [
        (f"rank {rank}, score {score:.3f}", ", ".join(f"{c / 1000:.1f}" for c in point) + " mm")
        for rank, (score, point) in enumerate(zip(answer.scores, answer.candidates_um, strict=True))
    ]
    for number, (picture, lines) in enumerate(zip(pictures, captions, strict=False)):
        left = MARGIN + number * (TILE + GAP)
        shown = Image.fromarray(spread_gray(picture)).resize((TILE, TILE), Image.Resampling.BICUBIC)
        sheet.paste(shown, (left, MARGIN))
        for row, (text, colour) in enumerate(zip(lines, (INK, QUIET), strict=True)):
            draw.text((left, MARGIN + TILE + 4 + 16 * row), text, fill=colour, font=font(12))
    left, top = MARGIN, MARGIN + TILE + CAPTION
    for cut, size, name in zip(cuts, sizes, PLANES, strict=True):
        sheet.paste(Image.fromarray(cut.gray).resize(size, Image.Resampling.BILINEAR), (left, top))
        scale = CUT_HEIGHT / cut.gray.shape[0]
        for row, column in cut.candidates[::-1]:
            _dot(draw, left + column * scale, top + row * scale, 3, OTHER)
        row, column = cut.place
        _dot(draw, left + column * scale, top + row * scale, 6, PLACE)
        draw.text((left, top + CUT_HEIGHT + 4), name, fill=QUIET, font=font(12))
        left += size[0] + GAP
    return png_file(sheet)


def _matches(answer: PatchPlace) -> list[NDArray[np.uint8]]:
    pictures = answer.hits[:SHOWN].thumbnails()
    return [np.zeros((8, 8), np.uint8) if p is None else patch_of_png(p) for p in pictures]


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: int, colour: str) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour, outline=PAPER)
