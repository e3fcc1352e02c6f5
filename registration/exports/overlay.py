"""A section with the borders of its regions, for people."""

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.catalog.structures.tree import StructureTree
from brainseek.registration.exports.structure_table import StructureRow, region

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

SHOWN_SIDE = 1000
"""Longer side of the section in the picture, in pixels."""
LEGEND_ENTRIES = 16
_LEGEND_WIDTH, _MARGIN, _LINE = 300, 16, 24
_JPEG_QUALITY = 82
_FILL = 0.16
"""How strongly regions are tinted inside their borders."""
_BAR_STEPS_UM = tuple(n * 10**e for e in range(6) for n in (1, 2, 5))
_INK, _QUIET, _PAPER, _ALARM = "#1d2430", "#667085", "#ffffff", "#b42318"

Picture = NDArray[np.uint8]


def overlay_png(
    section: Section,
    labels: NDArray[np.integer],
    tree: StructureTree,
    rows: list[StructureRow],
    title: str,
    warning: str | None = None,
) -> bytes:
    """Draw a section with coloured region borders, a legend and, if it can be, a scale bar.

    Parameters
    ----------
    section : Section
        The section; the bar is drawn only when its pixel size is known.
    labels : ndarray of int, (height, width)
        Structure ids of its pixels.
    tree : StructureTree
        Names and colours.
    rows : list of StructureRow
        The structures, the largest first; the first few become the legend.
    title : str
        Written above the section.
    warning : str, optional
        Why the alignment should not be trusted, written in red under the title.

    Returns
    -------
    bytes
        A PNG file.
    """
    from PIL import Image, ImageDraw

    picture = Image.fromarray(painted(section, labels, tree))
    width = picture.width + _LEGEND_WIDTH + 3 * _MARGIN
    warnings = wrapped(warning, 16, width - 2 * _MARGIN) if warning else []
    head = 2 * _MARGIN + 28 + 22 * len(warnings)
    height = head + max(picture.height, _LINE * (LEGEND_ENTRIES + 3)) + _MARGIN
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    title = _fitted(title, 20, width - 2 * _MARGIN)
    draw.text((_MARGIN, _MARGIN), title, font=font(20), fill=_INK)
    for number, line in enumerate(warnings):
        place = (_MARGIN, _MARGIN + 28 + 22 * number)
        draw.text(place, line, font=font(16), fill=_ALARM)
    sheet.paste(picture, (_MARGIN, head))
    if section.pixel_size_um is not None:
        shown_um = section.pixel_size_um * labels.shape[1] / picture.width
        _scale_bar(draw, (_MARGIN, head), picture.size, shown_um)
    _legend(draw, (picture.width + 2 * _MARGIN, head), tree, rows)
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()


def painted(
    section: Section, labels: NDArray[np.integer], tree: StructureTree, side: int = SHOWN_SIDE
) -> Picture:
    """Return the section with tinted regions and coloured borders, uint8 (rows, columns, 3).

    Parameters
    ----------
    section : Section
    labels : ndarray of int, (height, width)
        Structure ids of its pixels.
    tree : StructureTree
        Colours; they are made stronger so that they show on tissue.
    side : int
        Longer side of the result in pixels.
    """
    import cv2

    scale = side / max(labels.shape)
    shape = tuple(max(1, round(n * scale)) for n in labels.shape)
    size = (shape[1], shape[0])
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    ground = cv2.resize(_rgb(section), size, interpolation=smooth).astype(np.float32)
    rows = np.minimum((np.arange(shape[0]) / scale).astype(int), labels.shape[0] - 1)
    columns = np.minimum((np.arange(shape[1]) / scale).astype(int), labels.shape[1] - 1)
    ids, members = np.unique(labels, return_inverse=True)
    members = members.reshape(labels.shape)[np.ix_(rows, columns)]
    colours = np.array([strong(region(tree, i).colour) if i else (0, 0, 0) for i in ids.tolist()])
    tint = colours.astype(np.float32)[members]
    inside = (ids != 0)[members]
    ground[inside] = (1 - _FILL) * ground[inside] + _FILL * tint[inside]
    border = np.zeros(shape, bool)
    down, across = members[1:] != members[:-1], members[:, 1:] != members[:, :-1]
    border[1:] |= down
    border[:-1] |= down
    border[:, 1:] |= across
    border[:, :-1] |= across
    border &= inside
    ground[border] = tint[border]
    return np.round(ground).clip(0, 255).astype(np.uint8)


def painted_jpeg(
    section: Section, labels: NDArray[np.integer], tree: StructureTree, side: int
) -> bytes:
    """Return a small JPEG of the section with its regions; as `painted`."""
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(painted(section, labels, tree, side))
    picture.save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()


def strong(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return a colour of the same hue that is seen on dark and on bright tissue."""
    import colorsys

    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    red, green, blue = colorsys.hls_to_rgb(
        hue, min(max(light, 0.45), 0.6), max(saturation, 0.7) if saturation > 0.02 else 0.0
    )
    return round(red * 255), round(green * 255), round(blue * 255)


def font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    """Return the font of all pictures at a size in pixels."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


def wrapped(text: str, size: int, width: int) -> list[str]:
    """Break a text at spaces into lines of at most ``width`` pixels; a long word stays whole."""
    drawn, lines = font(size), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if drawn.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _rgb(section: Section) -> Picture:
    """Return the section as it is shown: 8-bit colours as they are, all others stretched gray."""
    if section.image.ndim == 3 and section.image.dtype == np.uint8:
        return np.ascontiguousarray(section.image)
    gray = section.gray()
    low, high = np.percentile(gray, (0.2, 99.8))
    gray = np.clip((gray - low) / max(float(high - low), 1e-6), 0, 1)
    return np.repeat(np.round(gray * 255).astype(np.uint8)[..., None], 3, axis=2)


def _scale_bar(
    draw: "ImageDraw.ImageDraw", corner: tuple[int, int], size: tuple[int, int], pixel_um: float
) -> None:
    """Draw a bar of a round length, about a fifth of the width."""
    fitting = [um for um in _BAR_STEPS_UM if um <= pixel_um * size[0] / 4]
    if not fitting:
        return
    length = round(fitting[-1] / pixel_um)
    text = f"{fitting[-1] // 1000} mm" if fitting[-1] >= 1000 else f"{fitting[-1]} µm"
    left, bottom = corner[0] + _MARGIN, corner[1] + size[1] - _MARGIN
    box = (left - 8, bottom - 36, left + max(length, 60) + 8, bottom + 8)
    draw.rectangle(box, fill=_PAPER)
    draw.rectangle((left, bottom - 6, left + length, bottom), fill=_INK)
    draw.text((left, bottom - 32), text, font=font(18), fill=_INK)


def _legend(
    draw: "ImageDraw.ImageDraw",
    corner: tuple[int, int],
    tree: StructureTree,
    rows: list[StructureRow],
) -> None:
    """List the largest regions with their colours."""
    left, top = corner
    draw.text((left, top), "largest regions", font=font(16), fill=_QUIET)
    for number, row in enumerate(rows[:LEGEND_ENTRIES], start=1):
        y = top + number * _LINE + 4
        draw.rectangle((left, y, left + 16, y + 16), fill=strong(region(tree, row.id).colour))
        said = row.name if row.acronym == row.name else f"{row.acronym}  {row.name}"
        text = _fitted(said, 15, _LEGEND_WIDTH - 26)
        draw.text((left + 26, y - 1), text, font=font(15), fill=_INK)
    if len(rows) > LEGEND_ENTRIES:
        y = top + (LEGEND_ENTRIES + 1) * _LINE + 4
        more = f"and {len(rows) - LEGEND_ENTRIES} more"
        draw.text((left + 26, y), more, font=font(15), fill=_QUIET)
    if not rows:
        draw.text((left, top + _LINE), "none in this section", font=font(15), fill=_INK)


def _fitted(text: str, size: int, width: int) -> str:
    """Shorten a text at its end until it is at most ``width`` pixels wide."""
    drawn = font(size)
    if drawn.getlength(text) <= width:
        return text
    while text and drawn.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
