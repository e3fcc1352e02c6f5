"""Confidence intervals for few observations: exact for shares, bootstrap for everything else."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

from brainseek.catalog.core.errors import BrainseekError

LEVEL = 0.95
RESAMPLES = 10_000
SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A measured value with the ends of its confidence interval.

    Attributes
    ----------
    value, low, high : float
        In the unit of what was measured; shares as 0..1.
    """

    value: float
    low: float
    high: float

    def text(self, digits: int = 2) -> str:
        """``1.05 [0.52, 1.71]``."""
        return f"{self.value:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"

    def percent(self) -> str:
        """``90 % [70, 99]``, for shares."""
        return f"{self.value:.0%} [{100 * self.low:.0f}, {100 * self.high:.0f}]".replace("%", " %")


def clopper_pearson(hits: int, n: int) -> Estimate:
    """Share with its exact interval.

    Each end is the share under which a result at least as extreme has probability
    (1 − `LEVEL`) / 2. Source: Clopper and Pearson, Biometrika 26 (1934), 404–413.

    Parameters
    ----------
    hits, n : int
        ``hits`` of ``n`` independent trials.

    Raises
    ------
    BrainseekError
        If there are no trials, or more hits than trials.
    """
    if not 0 <= hits <= n or n < 1:
        raise BrainseekError(f"{hits} hits of {n} trials have no share: give 0 <= hits <= n.")
    tail = (1 - LEVEL) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, n - hits + 1))
    high = 1.0 if hits == n else float(beta.ppf(1 - tail, hits + 1, n - hits))
    return Estimate(hits / n, low, high)


def bootstrap(n: int, statistic: Callable[[NDArray[np.int64]], float]) -> Estimate:
    """Any statistic of ``n`` observations with its bootstrap interval (2 000 resamples).

    Parameters
    ----------
    n : int
        Number of observations.
    statistic : callable
        Gets the indices of the observations, (n,), and returns the value.

    Raises
    ------
    BrainseekError
        If there are no observations.
    """
    if n < 1:
        raise BrainseekError("No observations, no interval: give at least one.")
    rng = np.random.default_rng(SEED)
    values = [statistic(rng.integers(0, n, n)) for _ in range(2_000)]
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(values, (tail, 100 - tail))
    return Estimate(statistic(np.arange(n)), float(low), float(high))


def bootstrap_mean(values: ArrayLike) -> Estimate:
    """Mean of ``values`` (n,) with its percentile bootstrap interval (10 000 resamples)."""
    return _bootstrap_rows(values, lambda rows: rows.mean(1))


def bootstrap_quantile(values: ArrayLike, quantile: float) -> Estimate:
    """Quantile (0..1) of ``values`` (n,) with its percentile bootstrap interval."""
    return _bootstrap_rows(values, lambda rows: np.quantile(rows, quantile, axis=1))


def _bootstrap_rows(
    values: ArrayLike, statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Estimate:
    """Bootstrap of a statistic that takes many resamples (r, n) at once and returns (r,)."""
    observed = np.asarray(values, np.float64)
    if observed.ndim != 1 or not observed.size:
        raise BrainseekError(
            f"An interval needs a list of observations, not shape {observed.shape}."
        )
    picked = np.random.default_rng(SEED).integers(0, observed.size, (RESAMPLES, observed.size))
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(statistic(observed[picked]), (tail, 100 - tail))
    return Estimate(float(statistic(observed[None])[0]), float(low), float(high))
