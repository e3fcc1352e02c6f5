"""Order and positions of a series from its similarities: the pure arithmetic, no pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.series.fit.locks import checked_locks
from brainseek.registration.series.fit.monotone_fit import FitSettings
from brainseek.registration.series.fit.order import OrderSettings, rearrange
from brainseek.registration.series.fit.section_positions import Positions, find_positions
from brainseek.registration.series.fit.seriation import order_by_likeness
from brainseek.registration.series.fit.warnings import series_warnings

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]

ORDERS = ("name", "unknown")


@dataclass(frozen=True)
class SeriesFit:
    """Order and positions of a series; arrays in the order of the input.

    Attributes
    ----------
    positions : Positions
        See there.
    moved : ndarray of bool, (n,)
        Members that stood in a wrong place of the input.
    bad : ndarray of bool, (n,)
        Members that had no say.
    warnings : tuple of str
    """

    positions: Positions
    moved: Mask
    bad: Mask
    warnings: tuple[str, ...]


def fit_series(
    similarities: NDArray[np.floating],
    positions_um: Floats,
    *,
    order: str = "name",
    locks: Mapping[int, int] | None = None,
    names: Sequence[str] | None = None,
    plates: Sequence[int] | None = None,
    temperature: float = 0.1,
    likeness: Floats | None = None,
    pictures_alike: Floats | None = None,
    bad: Mask | None = None,
    spacing_um: float | None = None,
) -> SeriesFit:
    """Fit the order and the positions of the sections of one brain.

    Parameters
    ----------
    similarities : ndarray, (n, plates)
        Similarity of every section to every plate.
    positions_um : ndarray, (plates,)
        Positions of the plates.
    order : {"name", "unknown"}
        "name": the input order is right, but for a few strays; "unknown": it means nothing.
    locks : mapping of int to int, optional
        Plate numbers of members, by their index. They are kept exactly.
    names : sequence of str, optional
        Names of the members, for messages.
    plates : sequence of int, optional
        Numbers of the plates; 1, 2 … if None.
    temperature : float
        Difference of similarity that is worth one nat.
    likeness, pictures_alike : ndarray, (n, n), optional
        Similarity of the members with each other, of embeddings and of small pictures. Without
        ``likeness`` the profiles of similarities are compared.
    bad : ndarray of bool, (n,), optional
        Members known to be bad.
    spacing_um : float, optional
        Distance from section to section, if it is known.

    Raises
    ------
    BrainseekError
        If the order is unknown to this function, a lock is impossible, or locks contradict each
        other or the input order.
    """
    n, known = len(similarities), order == "name"
    _check_question(n, order, spacing_um)
    named = list(names) if names is not None else [f"section {i}" for i in range(n)]
    numbers = list(plates) if plates is not None else list(range(1, len(positions_um) + 1))
    locked = dict(locks or {})
    direction = checked_locks(locked, named, numbers, known_order=known)
    # Inside, positions rise from the first plate to the last, as MNI's y does not.
    sign = -1.0 if positions_um[-1] < positions_um[0] else 1.0
    rising_um = sign * np.asarray(positions_um, np.float64)
    evidence = _Evidence(
        log_plates=np.asarray(similarities, np.float64) / temperature,
        positions_um=rising_um,
        locked_um={i: float(rising_um[numbers.index(plate)]) for i, plate in locked.items()},
        alike=_profiles_alike(similarities) if likeness is None else likeness,
        pictures_alike=pictures_alike,
        silent=np.zeros(n, bool) if bad is None else bad,
        known_order=known,
    )
    if not known:
        direction = 1 if len(set(evidence.locked_um.values())) > 1 else None
    path, moved, poor = _order_and_bad(evidence, _first_order(evidence))
    places = find_positions(
        evidence.log_plates,
        rising_um,
        path,
        poor,
        locked_um=evidence.locked_um,
        direction=direction,
        spacing_um=spacing_um,
        settings=FitSettings(),
    )
    warnings = _warnings(evidence, places, moved, poor)
    places = replace(
        places,
        even_um=sign * places.even_um,
        matched_um=sign * places.matched_um,
        reversed=places.reversed and known,
    )
    return SeriesFit(places, moved, poor, warnings)


@dataclass(frozen=True)
class _Evidence:
    """What is known of a series of n members before its order and positions.

    Attributes
    ----------
    log_plates : ndarray, (n, plates)
        Similarities of every section to every plate, in nats.
    positions_um : ndarray, (plates,)
        Positions of the plates, rising.
    locked_um : mapping of int to float
        Positions of the locked members, by their index.
    alike, pictures_alike : ndarray, (n, n)
        Similarity of the members with each other; the second may be None.
    silent : ndarray of bool, (n,)
        Members known to be bad.
    known_order : bool
        The input order is right, but for a few strays.
    """

    log_plates: Floats
    positions_um: Floats
    locked_um: Mapping[int, float]
    alike: Floats
    pictures_alike: Floats | None
    silent: Mask
    known_order: bool


def _check_question(n: int, order: str, spacing_um: float | None) -> None:
    """Refuse an unknown order, a series of one and an impossible spacing."""
    if order not in ORDERS:
        raise BrainseekError(f"The order '{order}' is not known: choose one of name, unknown.")
    if n < 2:
        raise BrainseekError(
            f"A series needs at least 2 sections that can be read and this one has {n}: identify "
            "the section alone."
        )
    if spacing_um is not None and not (np.isfinite(spacing_um) and spacing_um > 0):
        raise BrainseekError(f"A spacing of {spacing_um} µm is impossible: give more than 0.")


def _first_order(evidence: _Evidence) -> Indices:
    """Return the members, (n,), as the input has them or, if that means nothing, by likeness."""
    if evidence.known_order:
        return np.arange(len(evidence.log_plates))
    return order_by_likeness(
        evidence.log_plates,
        evidence.positions_um,
        evidence.alike,
        evidence.silent,
        evidence.locked_um,
        evidence.pictures_alike,
    )


def _order_and_bad(evidence: _Evidence, start: Indices) -> tuple[Indices, Mask, Mask]:
    """Put strays of a first order into their places and find the members that have no say.

    Returns
    -------
    path : ndarray of int, (n,)
        The members in their order.
    moved, poor : ndarray of bool, (n,)
        Strays and bad members, in the order of the input.
    """
    n, known, locked = len(start), evidence.known_order, evidence.locked_um
    block, pictures_alike = np.ix_(start, start), evidence.pictures_alike
    found = rearrange(
        evidence.alike[block],
        evidence.silent[start],
        picture_likeness=None if pictures_alike is None else pictures_alike[block],
        fixed=[int(np.flatnonzero(start == i)[0]) for i in locked] if known else range(n),
        settings=OrderSettings(),
    )
    moved, poor = np.zeros(n, bool), np.zeros(n, bool)
    moved[start], poor[start] = found.strays & known, found.bad
    poor[list(locked)] = False
    return start[found.order], moved, poor


def _warnings(evidence: _Evidence, places: Positions, moved: Mask, poor: Mask) -> tuple[str, ...]:
    """Return what the user should know of the places that were found."""
    followed = places.order[~poor[places.order]]
    return series_warnings(
        places,
        evidence.positions_um[evidence.log_plates.argmax(1)],
        poor,
        moved,
        evidence.positions_um,
        evidence.alike[followed[:-1], followed[1:]],
        known_order=evidence.known_order,
    )


def _profiles_alike(similarities: NDArray[np.floating]) -> Floats:
    """Correlate the rows of similarities with each other, (n, n)."""
    rows = np.asarray(similarities, np.float64)
    rows = rows - rows.mean(1, keepdims=True)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return np.asarray(rows @ rows.T)
