"""The order of sections when the input order means nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from brainseek.registration.series.fit.path import improve_path

Floats = NDArray[np.float64]

_NEIGHBOURS = 4
_DELTA_UM = 50.0
_ANCHOR = 0.2
_ROUNDS = 15
_PICTURES, _PULL = 0.4, 10.0  # weight of pictures against embeddings; see _pull


def order_by_likeness(
    log_plates: Floats,
    plate_positions_um: Floats,
    likeness: Floats,
    silent: NDArray[np.bool_],
    locked_um: Mapping[int, float],
    pictures_alike: Floats | None = None,
) -> NDArray[np.int64]:
    """Order members by what they have in common, and along the atlas by their plates.

    First places minimise the sum of absolute distances between members that resemble each other
    and between each member and its best plate (robust seriation, by reweighted least squares).
    Then local search shortens the path from neighbour to neighbour.

    Parameters
    ----------
    log_plates : ndarray, (n, plates)
        Log-probability of every plate, up to a constant per row.
    plate_positions_um : ndarray, (plates,)
    likeness : ndarray, (n, n)
        Cosine similarity of the members.
    silent : ndarray of bool, (n,)
        Members without a say.
    locked_um : mapping of int to float
        Members whose positions are known; they stay in this order.
    pictures_alike : ndarray, (n, n), optional
        Correlation of small pictures of the members; it tells more than embeddings do of which
        two are next to each other.

    Returns
    -------
    ndarray of int, (n,)
        Members from one end of the atlas to the other, from the front where two locks differ;
        those without a say come last.
    """
    plate = plate_positions_um[log_plates.argmax(1)].astype(np.float64)
    trust = np.exp(log_plates.max(1) - np.quantile(log_plates.max(1), 0.9))
    trust = np.clip(trust, 0.02, 1.0)
    trust[silent] = 1e-3
    for member, position in locked_um.items():
        plate[member], trust[member] = position, 1e6
    bonds = _bonds(likeness, silent)
    place = plate.copy()
    for _ in range(_ROUNDS):
        pull = bonds / np.hypot(place[:, None] - place[None], _DELTA_UM)
        anchor = _ANCHOR * trust / np.hypot(place - plate, _DELTA_UM)
        system = np.diag(pull.sum(1) + anchor) - pull
        place = np.linalg.solve(system, anchor * plate)
    alike = likeness
    if pictures_alike is not None:
        alike = (1 - _PICTURES) * likeness + _PICTURES * pictures_alike
    speaks = ~silent
    speaks[list(locked_um)] = True
    members = np.flatnonzero(speaks)
    distance = np.arccos(np.clip(alike[np.ix_(members, members)], -1, 1))
    start = np.argsort(place[members], kind="stable")
    held = [int(np.flatnonzero(members == member)[0]) for member in locked_um]
    pull = _pull(plate[members]) * _usual_step(distance)
    found = improve_path(distance, pull, start, held)
    return np.concatenate([members[found], np.flatnonzero(~speaks)])


def _pull(plate_um: Floats) -> Floats:
    """How strongly members want a late place: all together ``_PULL`` for a perfect order."""
    low, high = np.quantile(plate_um, (0.02, 0.98))
    share = np.clip((plate_um - low) / max(float(high - low), 1.0), 0, 1)
    return np.asarray(12 * _PULL * (share - 0.5) / len(plate_um) ** 2)


def _bonds(likeness: Floats, silent: NDArray[np.bool_]) -> Floats:
    """Symmetric weights between each member and the few that resemble it most."""
    n = len(likeness)
    k = min(_NEIGHBOURS, n - 1)
    angle = np.arccos(np.clip(likeness, -1, 1))
    angle[:, silent] = np.pi
    angle[silent] = np.pi
    np.fill_diagonal(angle, np.inf)
    nearest = np.argsort(angle, axis=1)[:, :k]
    scale = np.take_along_axis(angle, nearest[:, -1:], 1)
    rows, columns = np.repeat(np.arange(n), k), nearest.ravel()
    bonds = np.zeros((n, n))
    bonds[rows, columns] = np.exp(
        -(angle[rows, columns] ** 2) / (scale[rows, 0] * scale[columns, 0])
    )
    bonds[silent] = bonds[:, silent] = 0.0
    return np.maximum(bonds, bonds.T)


def _usual_step(distance: Floats) -> float:
    """Distance to the nearest member: where it is far, likeness says less than plates do."""
    others = distance + np.where(np.eye(len(distance), dtype=bool), np.inf, 0.0)
    return float(np.median(others.min(1)))
