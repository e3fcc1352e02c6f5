"""A picture of an answer: the patch that was asked for above the patches that were found."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from brainseek.catalog.cortex.t1_volumes import load_cortex_volume
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.registry import read_card
from brainseek.registration.cortex.cortex_place import CortexPlace
from brainseek.registration.exports.overlay import font, wrapped
from brainseek.ui.reports.output import png_file

TILE, GAP, MARGIN, TEXT = 150, 10, 24, 300
SHOWN = 5
"""Most places that are drawn."""
INK, QUIET, LINE, PAPER = "#1d2430", "#667085", "#e3e7ed", "#ffffff"
PLANES = ("patch", "across", "level")
"""Names of the planes, in the order of `brainseek.catalog.cortex.patches.CortexPatches.planes`."""


def cortex_place_picture(
    gray: NDArray[np.uint8], answer: CortexPlace, folder: Path | None = None
) -> bytes:
    """Draw the patch and the best places, all as the encoder sees them.

    Parameters
    ----------
    gray : ndarray of uint8, (side, side, planes)
        The patch that was asked for.
    answer : CortexPlace
    folder : Path, optional
        Where the encoder lies, if not in the project's ``weights/cortex``.

    Returns
    -------
    bytes
        A PNG file.
    """
    card = read_card(answer.encoder.partition("@")[0], folder, kind=CortexCard)
    place = load_cortex_volume(card.data)
    patches = card.view.patches(place.volume, place.surface)
    rows = [(gray, ["your patch", answer.encoder])]
    for rank, vertex in enumerate(answer.vertices[:SHOWN]):
        picture = card.view.prepared(card.view.cut(patches, int(vertex)))
        x, y, z = answer.points_um[rank] / 1000
        where = f"{answer.hemispheres[rank]}  {x:.1f}, {y:.1f}, {z:.1f} mm"
        score = f"rank {rank}, score {answer.scores[rank]:.3f}"
        rows.append((picture, [where, score, answer.hit_areas[rank] or ""]))
    width = 2 * MARGIN + card.view.planes * (TILE + GAP) + TEXT
    sheet = Image.new("RGB", (width, 2 * MARGIN + 20 + len(rows) * (TILE + GAP)), PAPER)
    draw = ImageDraw.Draw(sheet)
    for plane in range(card.view.planes):
        left = MARGIN + plane * (TILE + GAP)
        draw.text((left, MARGIN - 8), PLANES[plane], fill=QUIET, font=font(14))
    for number, (picture, lines) in enumerate(rows):
        top = MARGIN + 16 + number * (TILE + GAP)
        _row(sheet, draw, picture, lines, top)
    draw.line((MARGIN, MARGIN + 11 + TILE + GAP, width - MARGIN, MARGIN + 11 + TILE + GAP), LINE)
    return png_file(sheet)


def _row(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    picture: NDArray[np.uint8],
    lines: list[str],
    top: int,
) -> None:
    """Draw the planes of one patch and its text."""
    left = MARGIN
    for plane in range(picture.shape[2]):
        tile = Image.fromarray(np.ascontiguousarray(picture[:, :, plane]))
        sheet.paste(tile.resize((TILE, TILE), Image.Resampling.BICUBIC), (left, top))
        left += TILE + GAP
    below = top + 8
    for size, colour, text in zip((16, 14, 14), (INK, QUIET, INK), lines, strict=False):
        for line in wrapped(text, size, TEXT - 10):
            draw.text((left + 4, below), line, fill=colour, font=font(size))
            below += size + 6
