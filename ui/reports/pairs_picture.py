"""Pictures of pairs: both images on one grid, and squares of them in turn."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.registration.exports.overlay import font
from brainseek.synthesis.stain.aligned import aligned
from brainseek.ui.reports.output import png_file

SHOWN_SIDE = 512
"""Longer side of each image in the picture of a pair, in pixels, at most."""
CHECKS = 12
"""Squares along the longer side."""
TILE, GAP, MARGIN, HEAD, ACROSS = 180, 8, 16, 26, 6
INK, QUIET, PAPER = "#1d2430", "#667085", "#ffffff"

Gray = NDArray[np.uint8]


def pair_picture(pair: SectionPair, note: str = "") -> bytes:
    """Draw a pair as a PNG file: first image, second image warped onto it, both in turn.

    Parameters
    ----------
    pair : SectionPair
    note : str
        Written behind the name.
    """
    panels = panels_of(pair, SHOWN_SIDE)
    rows, columns = panels[0].shape
    width = 2 * MARGIN + 3 * columns + 2 * GAP
    sheet = Image.new("RGB", (width, 2 * MARGIN + HEAD + rows), PAPER)
    draw = ImageDraw.Draw(sheet)
    first, second = pair.modalities
    title = f"{pair.name}: {first} | {second} | both{'  ·  ' + note if note else ''}"
    draw.text((MARGIN, MARGIN), title, fill=INK, font=font(14))
    for number, panel in enumerate(panels):
        place = (MARGIN + number * (columns + GAP), MARGIN + HEAD)
        sheet.paste(Image.fromarray(panel), place)
    return png_file(sheet)


def pairs_sheet(pairs: Sequence[SectionPair], notes: Sequence[str]) -> bytes:
    """Draw the squares of all pairs on one sheet, a PNG file.

    Parameters
    ----------
    pairs : sequence of SectionPair
    notes : sequence of str
        Written under the names.
    """
    lines = -(-len(pairs) // ACROSS)
    step = TILE + GAP
    size = (2 * MARGIN + ACROSS * step - GAP, 2 * MARGIN + lines * (step + HEAD + 10))
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (pair, note) in enumerate(zip(pairs, notes, strict=True)):
        left = MARGIN + number % ACROSS * step
        top = MARGIN + number // ACROSS * (step + HEAD + 10)
        draw.text((left, top), pair.name[:28], fill=INK, font=font(12))
        draw.text((left, top + 15), note, fill=QUIET, font=font(11))
        tile = Image.fromarray(panels_of(pair, TILE)[2])
        tile.thumbnail((TILE, TILE))
        sheet.paste(tile, (left, top + HEAD + 6))
    return png_file(sheet)


def panels_of(pair: SectionPair, side: int) -> tuple[Gray, Gray, Gray]:
    """Return first image, second image warped onto it and squares of both, each stretched.

    Parameters
    ----------
    pair : SectionPair
    side : int
        Longer side in pixels, at most.
    """
    longest = max(pair.first.image.shape)
    both = aligned(pair, pair.modalities[0], pair.first.pixel_um * max(1.0, longest / side))
    first, second = _stretched(both.source, both.mask), _stretched(both.target, both.mask)
    square = max(4, max(first.shape) // CHECKS)
    row, column = (np.arange(n) // square for n in first.shape)
    return first, second, np.where((row[:, None] + column) % 2 == 0, first, second)


def _stretched(gray: Gray, mask: NDArray[np.bool_]) -> Gray:
    low, high = np.percentile(gray[mask], (1, 99.5))
    return np.clip((gray - low) * (255.0 / max(high - low, 1.0)), 0, 255).astype(np.uint8)
