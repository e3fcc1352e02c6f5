"""What a user must know about a fitted series, one sentence each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.registration.series.fit.section_positions import Positions

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MANY_BAD = 0.3
_MANY_MOVED = 0.3
_FAR_UM = 400.0
_HARDLY_ALIKE = 0.3
_COPY = 0.9999


def series_warnings(
    places: Positions,
    best_um: Floats,
    bad: Mask,
    moved: Mask,
    plate_positions_um: Floats,
    neighbours_alike: Floats,
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
    neighbours_alike : ndarray, (m,)
        Cosine similarity of each member with the one that follows it, bad ones left out.
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
    copies = int((neighbours_alike > _COPY).sum())
    if copies:
        said.append(
            f"{copies} of {n} sections look exactly like the one before: if they are copies of one "
            "picture, leave them out, for they are placed as if they were sections."
        )
    if n > 2 and neighbours_alike.size and np.median(neighbours_alike) < _HARDLY_ALIKE:
        said.append(
            "Sections that follow each other hardly look alike: a section in a wrong place would "
            "not be noticed, so check the order yourself."
            if known_order
            else "Sections that follow each other hardly look alike, so the order rests on the "
            "plates: check it, or name the files in order and give the order as name."
        )
    if n > 2 and (~bad).any():
        off = float(np.median(np.abs(places.even_um - places.matched_um)[~bad]))
        if off > _FAR_UM:
            said.append(
                f"Evenly spaced positions lie {off:.0f} µm (median) from the plates that the "
                "sections resemble: the brain may be deformed or cut at an angle; lock some plates."
            )
    return tuple(said)


def flips_warnings(told: bool, spacing_um: float) -> tuple[str, ...]:
    """Return what the user must know about flipped and destroyed sections.

    Parameters
    ----------
    told : bool
        As in `brainseek.registration.series.flips.Flips`.
    spacing_um : float
        Typical distance between neighbours.
    """
    if told:
        return ()
    return (
        f"Neighbours, about {spacing_um:.0f} µm apart, share too little of their left-right "
        "differences: mirrored and destroyed sections may go unnoticed, so look for them yourself.",
    )
