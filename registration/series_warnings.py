"""What a user must know about a fitted series, one sentence each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from registration.series_position import Positions

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MANY_BAD = 0.3
_MANY_MOVED = 0.3
_FAR_UM = 400.0


def series_warnings(
    places: Positions,
    best_um: Floats,
    bad: Mask,
    moved: Mask,
    plate_positions_um: Floats,
    *,
    known_order: bool,
) -> tuple[str, ...]:
    """Return what may be wrong with a series.

    Parameters
    ----------
    places : Positions
        The fit.
    best_um : ndarray, (n,)
        Position of the plate that each member alone resembles most.
    bad, moved : ndarray of bool, (n,)
        Members without a say, and out of place.
    plate_positions_um : ndarray, (plates,)
    known_order : bool
        The input order was believed.
    """
    n = len(best_um)
    plate_step = float(np.median(np.abs(np.diff(plate_positions_um))))
    said: list[str] = []
    span = float(np.ptp(places.even_um))
    if n > 3 and span < 2 * plate_step:
        said.append(
            f"All {n} sections fall within {span:.0f} µm, about one plate: they may be copies of "
            "one plane, another brain region or another stain; check the plates by eye."
        )
    elif n > 3 and span < 0.5 * float(np.subtract(*np.quantile(best_um[~bad], (0.9, 0.1)))):
        said.append(
            f"The fit spans {span:.0f} µm although single sections spread wider: the order may be "
            "wrong; try the order unknown."
        )
    if bad.mean() > _MANY_BAD:
        said.append(f"{int(bad.sum())} of {n} sections are bad: the positions rest on few.")
    if known_order and moved.mean() > _MANY_MOVED:
        said.append(
            f"{int(moved.sum())} of {n} sections stand in a wrong place: the order of the names "
            "seems to mean little; try the order unknown."
        )
    if n > 2 and (~bad).any():
        off = float(np.median(np.abs(places.even_um - places.matched_um)[~bad]))
        if off > _FAR_UM:
            said.append(
                f"Evenly spaced positions lie {off:.0f} µm (median) from the plates that the "
                "sections resemble: the brain may be deformed or cut at an angle; lock some plates."
            )
    return tuple(said)
