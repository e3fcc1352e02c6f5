"""Embedding distance against distance along the cortex as a PNG, drawn with Pillow."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.shared.vectors import unit

WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 300, 70, 80, 40
INK, GRID, LINE, BAND = (40, 40, 40), (225, 225, 225), (190, 60, 0), (0, 95, 150)
WIDEST_MM, BIN_MM = 100.0, 5.0
CELLS = (100, 75)
"""Columns and rows of the histogram behind the curves."""

Shown = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""By encoder: embeddings (n, d) and their mutual distances along the surface (n, n) in µm."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Quartiles of embedding distance by distance along the surface.

    Attributes
    ----------
    middle_mm : ndarray, (bins,)
        Middles of the bins that have pairs.
    quartiles : ndarray, (3, bins)
        25th, 50th and 75th percentile of cosine distance.
    """

    middle_mm: NDArray[np.float64]
    quartiles: NDArray[np.float64]


def pairs_of(
    vectors: NDArray[np.float32], distances_um: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance along the surface in mm and cosine distance of all pairs up to 100 mm."""
    rows, columns = np.triu_indices(len(vectors), 1)
    apart = distances_um[rows, columns].astype(np.float64) / 1000
    near = apart <= WIDEST_MM
    own = unit(vectors)
    cosine = 1.0 - (own @ own.T)[rows, columns].astype(np.float64)
    return apart[near], cosine[near]


def curve(apart_mm: NDArray[np.float64], cosine: NDArray[np.float64]) -> Curve:
    """Summarise pairs in bins of 5 mm."""
    number = (apart_mm / BIN_MM).astype(int)
    kept = np.unique(number)
    quartiles = [np.percentile(cosine[number == one], (25, 50, 75)) for one in kept]
    return Curve((kept + 0.5) * BIN_MM, np.stack(quartiles, axis=1))


def draw_distances(shown: Shown, title: str, path: Path) -> None:
    """Draw one panel per encoder: all pairs, median and quartiles for every 5 mm.

    Parameters
    ----------
    shown : mapping
    title : str
    path : Path
        The PNG; its folder is made.
    """
    pairs = {name: pairs_of(*one) for name, one in shown.items()}
    highest = max(float(np.percentile(cosine, 99.5)) for _, cosine in pairs.values())
    step = WIDTH + GAP
    sheet = Image.new("RGB", (LEFT + step * len(pairs), TOP + HEIGHT + 70), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((LEFT, 14), title, INK, ImageFont.load_default(size=16))
    words = "embedding distance (1 - cosine); line: median, band: quartiles of every 5 mm"
    draw.text((LEFT, 36), words, INK, ImageFont.load_default(size=13))
    for number, (name, one) in enumerate(pairs.items()):
        _panel(sheet, draw, LEFT + number * step, name, one, highest)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)


def _panel(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    left: int,
    name: str,
    pairs: tuple[NDArray[np.float64], NDArray[np.float64]],
    highest: float,
) -> None:
    font = ImageFont.load_default(size=13)

    def at(mm: float, cosine: float) -> tuple[float, float]:
        return left + mm / WIDEST_MM * WIDTH, TOP + HEIGHT * (1 - min(cosine / highest, 1.0))

    sheet.paste(_cloud(*pairs, highest), (left, TOP))
    for mm in (0, 20, 40, 60, 80, 100):
        x, y = at(mm, 0)
        draw.line([(x, TOP), (x, y)], GRID)
        draw.text((x, y + 6), str(mm), INK, font, anchor="mt")
    for share in (0.0, 0.5, 1.0):
        x, y = at(0, share * highest)
        draw.line([(x, y), (x + WIDTH, y)], GRID)
        draw.text((x - 6, y), f"{share * highest:.2f}", INK, font, anchor="rm")
    found = curve(*pairs)
    low, middle, high = (
        [at(mm, value) for mm, value in zip(found.middle_mm, row, strict=True)]
        for row in found.quartiles
    )
    draw.line(low, BAND, 2)
    draw.line(high, BAND, 2)
    draw.line(middle, LINE, 3)
    draw.text((left + WIDTH / 2, TOP - 8), name, INK, font, anchor="mb")
    under = "distance along the surface (mm)"
    draw.text((left + WIDTH / 2, TOP + HEIGHT + 28), under, INK, font, anchor="mt")


def _cloud(
    apart_mm: NDArray[np.float64], cosine: NDArray[np.float64], highest: float
) -> Image.Image:
    """Share of pairs in every cell, each column for itself, as shades of grey."""
    limits = ((0.0, WIDEST_MM), (0.0, highest))
    counts, _, _ = np.histogram2d(apart_mm, cosine, CELLS, limits)
    shares = counts / np.maximum(counts.max(1, keepdims=True), 1)
    grey = (255 - 130 * shares.T[::-1]).astype(np.uint8)
    return Image.fromarray(grey).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST).convert("RGB")
