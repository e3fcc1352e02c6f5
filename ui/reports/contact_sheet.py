"""A picture of many answers: each section beside its candidate plates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from brainseek.catalog.sections.section import Section
from brainseek.registration.exports.overlay import font, wrapped
from brainseek.registration.plates.identification import Candidate, Identification
from brainseek.ui.reports.answers import millimetres, percent
from brainseek.ui.reports.output import png_file
from brainseek.ui.reports.plate_pictures import PlatePictures, stretched

TILE, GAP, MARGIN = 220, 16, 28
CAPTION, HEADER, FOOTER, LABEL = 74, 74, 34, 32
SHOWN = 5
"""Most candidates in a row."""
QUERY_SIDE = TILE * 2
"""Longer side at which queries are kept for the sheet, in pixels."""

INK, QUIET, LINE, PAPER = "#1d2430", "#667085", "#e3e7ed", "#ffffff"
FIRST, OTHER, DOUBT, TRACK = "#1f6feb", "#8db4ee", "#e08a1e", "#eceff4"


@dataclass(frozen=True)
class SheetRow:
    """One section of a contact sheet.

    Attributes
    ----------
    answer : Identification
        What was found.
    picture : ndarray of uint8 or None
        The section, (rows, columns) or (rows, columns, 3); None when it could not be read.
    note : str
        A remark under the section, e.g. the true position.
    """

    answer: Identification
    picture: NDArray[np.uint8] | None
    note: str = ""


def sheet_picture(
    section: Section, side: int = QUERY_SIDE, turned_deg: int = 0
) -> NDArray[np.uint8]:
    """Return a section for display: uint8, its longer side at most ``side`` pixels.

    8-bit images keep their colours, all others become the gray of `Section.gray`. ``turned_deg``
    turns it counter-clockwise, by multiples of 90°, as it was recognised.
    """
    image = section.image
    if image.dtype != np.uint8:
        image = np.round(section.gray() * 255).astype(np.uint8)
    picture = Image.fromarray(image)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.rot90(np.asarray(picture), turned_deg // 90).copy()


def contact_sheet(rows: Sequence[SheetRow], pictures: PlatePictures, encoder: str) -> bytes:
    """Draw the sheet.

    Parameters
    ----------
    rows : sequence of SheetRow
        The sections, from top to bottom; at least one.
    pictures : PlatePictures
        The plate images; where they are missing the tile says the plate and its position.
    encoder : str
        Identity of the encoder, for the title.

    Returns
    -------
    bytes
        A PNG file.
    """
    shown = max((min(SHOWN, len(row.answer.candidates)) for row in rows), default=0)
    width = MARGIN * 2 + TILE + GAP * 2 + max(shown, 2) * (TILE + GAP) - GAP
    row_height = LABEL + TILE + CAPTION
    for row in rows:
        for candidate in row.answer.candidates[:SHOWN]:
            pictures.picture(candidate.plate)
    footer: list[str] = []
    if pictures.missing is not None:
        footer = wrapped(f"No plate pictures: {pictures.missing}", 14, width - 2 * MARGIN)
    foot = HEADER + len(rows) * row_height
    sheet = Image.new("RGB", (width, foot + FOOTER + 20 * len(footer)), PAPER)
    draw = ImageDraw.Draw(sheet)
    _text(draw, (MARGIN, 18), "Candidate plates", 24, INK)
    _text(draw, (MARGIN, 48), f"{pictures.atlas} · {encoder}", 14, QUIET)
    for number, row in enumerate(rows):
        top = HEADER + number * row_height
        draw.line((MARGIN, top, width - MARGIN, top), fill=LINE)
        _draw_row(sheet, draw, row, pictures, top)
    for number, line in enumerate(footer):
        _text(draw, (MARGIN, foot + 8 + 20 * number), line, 14, QUIET)
    return png_file(sheet)


def _draw_row(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    row: SheetRow,
    pictures: PlatePictures,
    top: int,
) -> None:
    """Draw one section: its picture, its candidates and how sure the answer is."""
    answer, left, tile_top = row.answer, MARGIN, top + LABEL
    _text(draw, (left, top + 8), _fitted(answer.file, 14, TILE), 14, INK)
    _paste(sheet, draw, row.picture, left, tile_top)
    if row.picture is None:
        _text(draw, (left + 12, tile_top + TILE // 2 - 8), "not read", 14, QUIET)
    below = tile_top + TILE + 8
    right = left + TILE + 2 * GAP
    if answer.error is not None:
        for number, line in enumerate(wrapped(answer.error, 16, sheet.width - right - MARGIN)):
            _text(draw, (right, tile_top + 8 + 22 * number), line, 16, "#b42318")
        return
    if row.note:
        _text(draw, (left, below), _fitted(row.note, 14, TILE), 14, INK)
    _text(draw, (left, below + 19), f"none of these: {percent(answer.none_of_these)}", 14, QUIET)
    _bar(draw, left, below + 38, answer.none_of_these, DOUBT)
    for number, candidate in enumerate(answer.candidates[:SHOWN]):
        x = right + number * (TILE + GAP)
        picture = pictures.picture(candidate.plate)
        _paste(sheet, draw, picture, x, tile_top)
        if picture is None:
            _draw_missing(draw, candidate, x, tile_top)
        elif number == 0:
            draw.rectangle((x, tile_top, x + TILE - 1, tile_top + TILE - 1), outline=FIRST, width=3)
        title = f"plate {candidate.plate}, {millimetres(candidate.position_um)}"
        _text(draw, (x, below), title, 16, INK)
        _text(draw, (x, below + 19), f"confidence {percent(candidate.confidence)}", 14, QUIET)
        _bar(draw, x, below + 38, candidate.confidence, FIRST if number == 0 else OTHER)


def _draw_missing(draw: ImageDraw.ImageDraw, candidate: Candidate, left: int, top: int) -> None:
    """Fill the tile of a plate whose picture is not on this machine."""
    number = str(candidate.plate)
    _text(draw, (left + 16, top + 56), number, 64, INK)
    _text(draw, (left + 16, top + 132), millimetres(candidate.position_um), 18, QUIET)
    _text(draw, (left + 16, top + 160), "picture not downloaded", 14, QUIET)


def _paste(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    picture: NDArray[np.uint8] | None,
    left: int,
    top: int,
) -> None:
    """Put a picture into the middle of a tile, or an empty tile where there is none."""
    box = (left, top, left + TILE - 1, top + TILE - 1)
    if picture is None:
        draw.rectangle(box, fill=TRACK, outline=LINE)
        return
    picture = stretched(picture)
    image = Image.fromarray(picture).convert("RGB")
    edge = np.concatenate([np.atleast_2d(picture[0]), np.atleast_2d(picture[-1])])
    ground = tuple(int(v) for v in np.median(edge.reshape(-1, picture[0, 0].size), axis=0))
    draw.rectangle(box, fill=ground if len(ground) == 3 else ground * 3)
    scale = TILE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image = image.resize(size, Image.Resampling.LANCZOS)
    sheet.paste(image, (left + (TILE - size[0]) // 2, top + (TILE - size[1]) // 2))


def _bar(draw: ImageDraw.ImageDraw, left: int, top: int, share: float, colour: str) -> None:
    """Draw a share of 0..1 as a bar of a tile's width."""
    draw.rounded_rectangle((left, top, left + TILE - 1, top + 8), 4, fill=TRACK)
    if share > 0.004:
        end = left + max(8, round(min(share, 1.0) * (TILE - 1)))
        draw.rounded_rectangle((left, top, end, top + 8), 4, fill=colour)


def _text(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size: int, colour: str
) -> None:
    draw.text(place, text, font=font(size), fill=colour)


def _fitted(text: str, size: int, width: int) -> str:
    """Shorten a text in the middle until it is at most ``width`` pixels wide."""
    drawn = font(size)
    if drawn.getlength(text) <= width:
        return text
    for keep in range(len(text) - 1, 1, -1):
        short = text[: keep // 2] + "…" + text[len(text) - (keep - keep // 2) :]
        if drawn.getlength(short) <= width:
            return short
    return "…"
