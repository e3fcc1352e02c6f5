"""The order of sections when the input order means nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NEIGHBOURS = 4
_DELTA_UM = 50.0
_ANCHOR = 0.2
_ROUNDS = 15
_UNSURE_BELOW, _SURE_FROM = 0.5, 1.0


def order_by_likeness(
    log_plates: Floats,
    plate_positions_um: Floats,
    likeness: Floats,
    silent: NDArray[np.bool_],
    locked_um: Mapping[int, float],
) -> NDArray[np.int64]:
    """Order members along the atlas by their plates and by what they have in common.

    Positions minimise the sum of absolute distances between members that resemble each other and
    between each member and its best plate (robust seriation, by reweighted least squares).

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
        Members whose positions are known.

    Returns
    -------
    ndarray of int, (n,)
        Members from the front of the atlas to its back.
    """
    n = len(likeness)
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
    assert len(place) == n
    return np.argsort(place, kind="stable")


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
