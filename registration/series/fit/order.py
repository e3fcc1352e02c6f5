"""Which members of a series stand in a wrong place, and where do they belong?

Neighbouring sections of one brain look more alike than a section and a plate of another brain
ever do, so order is read from the likeness of the members; the plates only say where the whole
series lies and which end is the front.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class OrderSettings:
    """How strays and bad members are told from others.

    Attributes
    ----------
    reach : int
        How many places to each side count as the neighbourhood of a place.
    votes : int
        The likeness to a neighbourhood is the mean of that many of its best members.
    gain : float
        By how much (cosine) another place must suit a member better for it to be a stray; more
        where neighbours are less alike than 1 minus this.
    away : int
        And how many places away it must be.
    rounds : int
        How often strays are sought, each time without the votes of those found before.
    deviations : float
        A member is bad when its likeness to its neighbourhood lies that many robust standard
        deviations below that of its neighbours.
    least_drop : float
        And at least by that much (cosine).
    most_drop : float
        A larger drop is always bad, unless the series is so sparse that its ends drop as much.
    picture_weight : float
        Weight of the likeness of small pictures against that of embeddings, where a bad member
        is concerned.
    poor_gain : float
        By how much another place must suit a bad member better for it to be moved there.
    """

    reach: int = 5
    votes: int = 3
    gain: float = 0.06
    away: int = 4
    rounds: int = 3
    deviations: float = 5.0
    least_drop: float = 0.10
    most_drop: float = 0.15
    picture_weight: float = 0.5
    poor_gain: float = 0.3


@dataclass(frozen=True)
class Arrangement:
    """Members in their restored order.

    Attributes
    ----------
    order : ndarray of int, (n,)
        Members as they follow each other.
    strays : ndarray of bool, (n,)
        Members that were moved.
    bad : ndarray of bool, (n,)
        Members that resemble no neighbourhood; they stay where they stood unless another place
        suits them far better.
    """

    order: Indices
    strays: Mask
    bad: Mask


def rearrange(
    likeness: Floats,
    bad: Mask,
    *,
    picture_likeness: Floats | None = None,
    fixed: Collection[int] = (),
    settings: OrderSettings | None = None,
) -> Arrangement:
    """Move the members that do not fit where they stand.

    Parameters
    ----------
    likeness : ndarray, (n, n)
        Cosine similarity of the members, in the order of the input.
    bad : ndarray of bool, (n,)
        Members known to be bad: they have no vote and are not moved.
    picture_likeness : ndarray, (n, n), optional
        Correlation of small pictures of the members.
    fixed : collection of int
        Members that must not be moved, e.g. because the user locked their plates.
    settings : OrderSettings, optional

    Returns
    -------
    Arrangement
    """
    settings = settings or OrderSettings()
    n = len(likeness)
    movable = np.ones(n, bool)
    movable[list(fixed)] = False
    movable &= ~bad
    strays, poor, best = np.zeros(n, bool), bad.copy(), np.arange(n)
    end_drop = _end_drop(likeness, settings.votes)
    # Where neighbours hardly resemble each other, likeness can't tell that one is out of place.
    least = max(settings.gain, 1 - float(np.median(np.diag(likeness, 1))))
    for _ in range(settings.rounds):
        suits = neighbourhood_likeness(likeness, ~(strays | poor), settings)
        best, gain = suits.argmax(1), _gain(suits, settings.away)
        poor = poor | _unlike(suits.max(1), end_drop, settings)
        found = (gain > least) & movable & ~poor
        if (found == strays).all():
            break
        strays = found
    places = np.arange(n, dtype=np.float64)
    for member in np.flatnonzero(strays):
        places[member] = _destination(likeness[member], int(best[member]), strays | poor, settings)
    mixed = likeness
    if picture_likeness is not None:
        weight = settings.picture_weight
        mixed = (1 - weight) * likeness + weight * picture_likeness
    suits = neighbourhood_likeness(mixed, ~(strays | bad), settings)
    moved = poor & movable & (_gain(suits, settings.away) > settings.poor_gain)
    for member in np.flatnonzero(moved):
        centre = int(suits[member].argmax())
        places[member] = _destination(mixed[member], centre, strays | bad, settings)
    return Arrangement(np.argsort(places, kind="stable"), strays | moved, poor)


def neighbourhood_likeness(likeness: Floats, voters: Mask, settings: OrderSettings) -> Floats:
    """Likeness of every member to the neighbourhood of every place, (n, n).

    A neighbourhood is the ``reach`` places to each side and the place itself, without the
    member in question and without those that have no vote; where fewer than ``votes`` remain,
    the missing ones count as the least likeness there is.
    """
    n = len(likeness)
    others = np.where(voters[None, :], likeness, -np.inf)
    np.fill_diagonal(others, -np.inf)
    reach = settings.reach
    padded = np.pad(others, ((0, 0), (reach, reach)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1)
    votes = min(settings.votes, 2 * reach + 1, max(n - 1, 1))
    top = np.sort(windows, axis=2)[:, :, -votes:]
    top = np.maximum(top, float(likeness.min()))
    return np.asarray(top.mean(2))


def _gain(suits: Floats, away: int) -> Floats:
    """By how much the best place suits each member better than its own and those next to it."""
    n = len(suits)
    offset = np.abs(np.arange(n)[:, None] - np.arange(n)[None])
    here = np.where(offset <= away, suits, -np.inf).max(1)
    return np.asarray(suits.max(1) - here)


def _end_drop(likeness: Floats, votes: int) -> float:
    """By how much less a member resembles neighbours on one side only, as at an end or a gap."""
    n = len(likeness)
    offsets = [min(k, n - 1) for k in range(1, votes + 1)]
    one_side = np.mean([np.median(np.diag(likeness, k)) for k in offsets])
    both = np.mean([np.median(np.diag(likeness, min((k + 1) // 2, n - 1))) for k in offsets])
    return max(float(both - one_side), 0.0)


def _unlike(best: Floats, end_drop: float, settings: OrderSettings) -> Mask:
    """Members whose best likeness falls far below the usual one of the series."""
    middle = float(np.median(best))
    spread = 1.4826 * float(np.median(np.abs(best - middle)))
    drop = max(settings.deviations * spread, settings.least_drop)
    return np.asarray(middle - best > max(min(drop, settings.most_drop), 2 * end_drop))


def _destination(row: Floats, centre: int, silent: Mask, settings: OrderSettings) -> float:
    """Place between the neighbours around ``centre`` that a member resembles most."""
    low, high = max(centre - settings.reach, 0), min(centre + settings.reach + 1, len(row))
    near = np.arange(low, high)
    near = near[~silent[near]]
    if near.size == 0:
        return float(centre)
    top = near[np.argsort(-row[near], kind="stable")[: settings.votes]]
    weights = row[top] - row[near].min() + 1e-3
    return float((weights * top).sum() / weights.sum())
