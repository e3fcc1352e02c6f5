"""Positions in the atlas for the members of a series whose order is known.

A microtome cuts evenly, so in the end the members lie evenly between the places that the plates
suggest (a robust line, bent only at gaps and at plates that the user locked); what each stretch
resembles most is kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.registration.series.fit.monotone_fit import (
    FitSettings,
    monotone_positions,
    on_grid,
    position_grid,
    with_strays,
)

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_GAP_STEPS = 1.7
_GAP_UM = 250.0
_ROUNDS = 4


@dataclass(frozen=True)
class Positions:
    """Positions of members, all arrays in the order of the input.

    Attributes
    ----------
    even_um : ndarray, (n,)
        Evenly spaced between gaps and locks.
    matched_um : ndarray, (n,)
        What the monotone fit to the plates says.
    order : ndarray of int, (n,)
        Members from the front of the atlas to its back.
    reversed : bool
        The order was given from back to front.
    spacing_um : float
        Typical step.
    gaps : tuple of int
        Places in ``order`` after which a step is far larger.
    """

    even_um: Floats
    matched_um: Floats
    order: Indices
    reversed: bool
    spacing_um: float
    gaps: tuple[int, ...]


def find_positions(
    log_plates: Floats,
    plate_positions_um: Floats,
    order: Indices,
    silent: NDArray[np.bool_],
    *,
    locked_um: Mapping[int, float],
    direction: int | None,
    spacing_um: float | None,
    settings: FitSettings,
) -> Positions:
    """Fit positions to members in a known order.

    Parameters
    ----------
    log_plates : ndarray, (n, plates)
        Log-probability of every plate, up to a constant per row.
    plate_positions_um : ndarray, (plates,)
    order : ndarray of int, (n,)
        Members as they follow each other, from front to back or from back to front.
    silent : ndarray of bool, (n,)
        Members without a say.
    locked_um : mapping of int to float
        Members whose positions are known.
    direction : {1, -1}, optional
        1 if ``order`` is known to run from front to back, -1 if from back to front.
    spacing_um : float, optional
        Distance of neighbours; estimated if None.
    settings : FitSettings
    """
    spacing = spacing_um or _first_spacing(log_plates[~silent], plate_positions_um, len(order))
    for _ in range(1 if spacing_um else _ROUNDS):
        grid = position_grid(plate_positions_um, spacing)
        evidence = on_grid(log_plates, plate_positions_um, grid)
        evidence = with_strays(evidence, settings.stray)
        evidence[silent] = -np.log(len(grid))
        found = []
        for sense in (1, -1) if direction is None else (direction,):
            front_first = order[::sense]
            locked = {
                int(np.flatnonzero(front_first == member)[0]): place
                for member, place in locked_um.items()
            }
            fit, cost = monotone_positions(evidence[front_first], grid, spacing, settings, locked)
            found.append((cost, sense, front_first, fit, locked))
        _, sense, front_first, fit, locked = min(found, key=lambda item: item[0])
        gaps = _gaps(fit, spacing)
        counted = _counted(fit, spacing, gaps)
        even, slope = _even(fit, counted, silent[front_first], locked, spacing_um)
        spacing = max(slope, 1.0)
    positions, matched = np.empty(len(order)), np.empty(len(order))
    positions[front_first], matched[front_first] = even, fit
    return Positions(positions, matched, front_first, sense < 0, spacing, tuple(gaps))


def _first_spacing(log_plates: Floats, plate_positions_um: Floats, n: int) -> float:
    best = plate_positions_um[log_plates.argmax(1)] if len(log_plates) else np.zeros(1)
    low, high = np.quantile(best, (0.05, 0.95))
    plate_step = float(np.median(np.abs(np.diff(plate_positions_um))))
    return max(float(high - low) / (0.9 * max(n - 1, 1)), plate_step / 20)


def _gaps(fit: Floats, spacing: float) -> list[int]:
    steps = np.diff(fit)
    wide = (steps > _GAP_STEPS * spacing) & (steps - spacing > _GAP_UM)
    return [int(row) for row in np.flatnonzero(wide)]


def _counted(fit: Floats, spacing: float, gaps: list[int]) -> Floats:
    """Running number of each section, with the missing ones at gaps counted, (n,)."""
    steps = np.ones(max(len(fit) - 1, 0))
    for row in gaps:
        steps[row] = max(round(float(fit[row + 1] - fit[row]) / spacing), 1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _even(
    fit: Floats,
    counted: Floats,
    silent: NDArray[np.bool_],
    locked: Mapping[int, float],
    spacing_um: float | None,
) -> tuple[Floats, float]:
    """Robust line through the fit, then through the locks; and its slope."""
    use = ~silent if (~silent).any() else np.ones(len(fit), bool)
    slope, offset = _robust_line(counted[use], fit[use], spacing_um)
    even = offset + slope * counted
    if locked:
        rows = sorted(locked)
        shift = [locked[row] - even[row] for row in rows]
        even = even + np.interp(counted, counted[rows], shift)
        even[rows] = [locked[row] for row in rows]
    return even, slope


def _robust_line(x: Floats, y: Floats, slope: float | None) -> tuple[float, float]:
    """Line of least absolute distance by reweighting; never falling."""
    weights = np.ones(len(x))
    steep, offset = slope or 0.0, float(np.median(y))
    for _ in range(50):
        if slope is None and len(x) > 1 and np.ptp(x) > 0:
            centre = np.average(x, weights=weights)
            middle = np.average(y, weights=weights)
            spread = np.average((x - centre) ** 2, weights=weights)
            steep = max(float(np.average((x - centre) * (y - middle), weights=weights) / spread), 0)
        offset = float(np.average(y - steep * x, weights=weights))
        weights = 1 / np.maximum(np.abs(y - offset - steep * x), 1.0)
    return steep, offset
