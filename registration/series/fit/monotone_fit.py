"""A monotone fit: the most likely non-falling positions of sections in a known order.

Dynamic programming over a grid of positions. Every section brings the log-probability of each
position (from its similarity to the plates); every step between neighbours costs what a Gaussian
prior of the spacing says, capped so that a lost stretch of brain stays possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError

Floats = NDArray[np.float64]

MAX_STATES = 1200
_FINEST_UM = 10.0
_REACH = 6.0


@dataclass(frozen=True)
class FitSettings:
    """What the fit believes about series.

    Attributes
    ----------
    spread : float
        Standard deviation of a step as a share of the spacing.
    gap_cost : float
        Highest cost of a step in nats: a gap of any length costs this much.
    stray : float
        Prior probability that a section does not belong where it stands.
    """

    spread: float = 0.25
    gap_cost: float = 12.0
    stray: float = 0.1


def position_grid(positions_um: Floats, spacing_um: float) -> Floats:
    """Return evenly spaced positions (g,) from the first to the last plate, in µm."""
    low, high = float(positions_um.min()), float(positions_um.max())
    step = max(spacing_um / 4, _FINEST_UM, (high - low) / MAX_STATES)
    return np.arange(low, high + step, step)


def on_grid(log_plates: Floats, positions_um: Floats, grid: Floats) -> Floats:
    """Turn log-probabilities of plates (n, plates) into ones of grid positions (n, g)."""
    order = np.argsort(positions_um, kind="stable")
    rows = [np.interp(grid, positions_um[order], row[order]) for row in log_plates]
    values = np.stack(rows) if rows else np.empty((0, len(grid)))
    return np.asarray(values - _log_sum(values))


def with_strays(log_grid: Floats, stray: float) -> Floats:
    """Mix every row (n, g) with a uniform one, so that one wrong section can't bend the fit."""
    uniform = np.log(stray / log_grid.shape[1])
    return np.asarray(np.logaddexp(log_grid + np.log1p(-stray), uniform))


def monotone_positions(
    log_grid: Floats,
    grid: Floats,
    spacing_um: float,
    settings: FitSettings,
    locked_um: Mapping[int, float] | None = None,
) -> tuple[Floats, float]:
    """Return the most likely non-falling positions and their cost.

    Parameters
    ----------
    log_grid : ndarray, (n, g)
        Log-probability of each position; a row of equal values says nothing.
    grid : ndarray, (g,)
        Evenly spaced positions in µm, rising.
    spacing_um : float
        Expected step from one section to the next.
    settings : FitSettings
    locked_um : mapping of int to float, optional
        Positions that are known; they are returned exactly.

    Returns
    -------
    positions_um : ndarray, (n,)
    cost : float
        Negative log-probability of them, in nats.

    Raises
    ------
    BrainseekError
        If locked positions fall along the series.
    """
    locked = dict(locked_um or {})
    _check_rising(locked)
    n, g = log_grid.shape
    cost = -log_grid
    for row, position in locked.items():
        nearest = int(np.abs(grid - position).argmin())
        cost[row] = np.where(np.arange(g) == nearest, 0.0, np.inf)
    steps = _step_costs(grid, spacing_um, settings)
    came_from = np.empty((n, g), np.int64)
    total = cost[0].copy()
    places = np.arange(g)
    for row in range(1, n):
        # A step of any length costs gap_cost; the best start of one is the best so far.
        far = np.minimum.accumulate(total)
        start = np.maximum.accumulate(np.where(total <= far, places, 0))
        best = far + settings.gap_cost
        for width, price in enumerate(steps):
            reached = np.full(g, np.inf)
            reached[width:] = total[: g - width] + price
            better = reached < best
            best = np.where(better, reached, best)
            start = np.where(better, places - width, start)
        came_from[row] = start
        total = best + cost[row]
    path = np.empty(n, np.int64)
    path[-1] = int(total.argmin())
    for row in range(n - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    found = grid[path]
    for row, position in locked.items():
        found[row] = position
    # A locked position between two grid points may pass a neighbour by less than one step.
    return _between_locks(found, locked), float(total.min())


def _step_costs(grid: Floats, spacing_um: float, settings: FitSettings) -> Floats:
    """Cost in nats of steps of 0, 1, 2 … grid points, as far as it is below the gap cost."""
    step = float(grid[1] - grid[0]) if len(grid) > 1 else 1.0
    sd = max(settings.spread * spacing_um, step / 2)
    widest = min(len(grid), int((spacing_um + _REACH * sd) / step) + 2)
    cost = 0.5 * ((np.arange(widest) * step - spacing_um) / sd) ** 2
    return np.asarray(np.minimum(cost, settings.gap_cost))


def _check_rising(locked: Mapping[int, float]) -> None:
    rows = sorted(locked)
    for first, second in pairwise(rows):
        if locked[first] > locked[second]:
            raise BrainseekError(
                f"Section {first} is locked at {locked[first]:.0f} µm and section {second}, which "
                f"comes later, at {locked[second]:.0f} µm: change one of the two locks."
            )


def _between_locks(positions: Floats, locked: Mapping[int, float]) -> Floats:
    """Clip positions so that none passes a locked one."""
    low, high = np.full(len(positions), -np.inf), np.full(len(positions), np.inf)
    for row, position in locked.items():
        low[row:] = np.maximum(low[row:], position)
        high[: row + 1] = np.minimum(high[: row + 1], position)
    return np.clip(positions, low, high)


def _log_sum(values: Floats) -> Floats:
    peak = values.max(1, keepdims=True)
    return np.asarray(peak + np.log(np.exp(values - peak).sum(1, keepdims=True)))
