"""The reliability curve as a PNG, drawn with Pillow."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.plates.reliability import Bin

SIDE, MARGIN, DOT = 400, 70, 5
INK, GRID, DATA = (40, 40, 40), (215, 215, 215), (0, 95, 150)
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
Point = tuple[float, float]


def draw_reliability(panels: dict[str, list[Bin]], path: Path) -> None:
    """Draw one panel per curve: said against happened, with exact 95 % intervals and counts.

    Parameters
    ----------
    panels : dict of str to list of Bin
        Title and points of every panel.
    path : Path
        The PNG; its folder is made.
    """
    step = SIDE + MARGIN
    sheet = Image.new("RGB", (step * len(panels) + 30, SIDE + 2 * MARGIN), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (title, points) in enumerate(panels.items()):
        _panel(draw, number * step + MARGIN, title, points)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)


def _panel(draw: ImageDraw.ImageDraw, left: int, title: str, points: list[Bin]) -> None:
    font = ImageFont.load_default(size=14)

    def at(said: float, happened: float) -> Point:
        return left + said * SIDE, MARGIN + (1 - happened) * SIDE

    for tick in TICKS:
        draw.line([at(tick, 0), at(tick, 1)], GRID)
        draw.line([at(0, tick), at(1, tick)], GRID)
        x, y = at(tick, 0)
        draw.text((x, y + 6), f"{tick:g}", INK, font, anchor="mt")
        x, y = at(0, tick)
        draw.text((x - 6, y), f"{tick:g}", INK, font, anchor="rm")
    draw.line([at(0, 0), at(1, 1)], INK)
    for one in points:
        draw.line([at(one.said, one.happened.low), at(one.said, one.happened.high)], DATA, 2)
        x, y = at(one.said, one.happened.value)
        draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), DATA)
        draw.text((x + 8, y), f"n={one.n}", DATA, font, anchor="lm")
    x, _ = at(0.5, 0)
    draw.text((x, MARGIN - 14), title, INK, font, anchor="mb")
    draw.text((x, MARGIN + SIDE + 30), "confidence said", INK, font, anchor="mt")
    draw.text((left, MARGIN - 36), "share that was true", INK, font, anchor="lm")
