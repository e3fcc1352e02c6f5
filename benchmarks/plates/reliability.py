"""Reliability: do things said with a probability of p happen in a share p of the cases?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
