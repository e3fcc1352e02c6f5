"""Reliability: do things said with a probability of p happen in a share p of the cases?"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.report.intervals import Estimate, clopper_pearson

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Bin:
    """Statements of similar probability.

    Attributes
    ----------
    low, high : float
        Probabilities in [low, high), the last bin with its upper end.
    n : int
        How many statements.
    said : float
        Their mean probability.
    happened : Estimate
        Share that was true, with its exact interval.
    """

    low: float
    high: float
    n: int
    said: float
    happened: Estimate


def bins(
    probability: Probabilities, truth: NDArray[np.bool_], edges: tuple[float, ...]
) -> list[Bin]:
    """Group statements (m,) by their probability; empty bins are left out."""
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    found = []
    for number in range(len(edges) - 1):
        here = place == number
        if here.any():
            share = clopper_pearson(int(truth[here].sum()), int(here.sum()))
            said = float(probability[here].mean())
            found.append(Bin(edges[number], edges[number + 1], int(here.sum()), said, share))
    return found


def expected_calibration_error(grouped: list[Bin]) -> float:
    """Mean |said − happened| over the bins, weighted by their size.

    Source: Guo et al. 2017, arXiv:1706.04599, eq. 3.
    """
    n = sum(one.n for one in grouped)
    return sum(one.n * abs(one.said - one.happened.value) for one in grouped) / n


def brier(confidence: Probabilities, truth: NDArray[np.int64]) -> float:
    """Mean over sections of Σ (p − y)² over the plates; 0 is perfect, 2 the worst.

    Parameters
    ----------
    confidence : ndarray, (m, n)
        Rows sum to 1.
    truth : ndarray, (m,)
        Column of the true plate.
    """
    target = np.zeros_like(confidence)
    target[np.arange(len(truth)), truth] = 1
    return float(((confidence - target) ** 2).sum(1).mean())


def log_loss(confidence: Probabilities, truth: NDArray[np.int64]) -> float:
    """Mean −log probability of the true plates, in nats."""
    return float(-np.log(np.maximum(confidence[np.arange(len(truth)), truth], 1e-12)).mean())


def roc_auc(positive: Probabilities, negative: Probabilities) -> float:
    """Chance that a positive scores above a negative, ties counted half."""
    higher = (positive[:, None] > negative[None, :]).mean()
    equal = (positive[:, None] == negative[None, :]).mean()
    return float(higher + 0.5 * equal)


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
