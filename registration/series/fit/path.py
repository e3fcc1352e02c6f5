"""A short path through the members of a series that also rises with what their plates say.

Local search: reversing a stretch (2-opt; Croes 1958) and moving one elsewhere, either way round
(or-opt; Or 1976), the best of all such steps each time, until none helps.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_LENGTHS = (1, 2, 3, 5, 8, 13, 21, 34)
_LEAST_GAIN = 1e-9


def improve_path(
    distance: Floats, pull: Floats, start: Indices, kept: Collection[int] = ()
) -> Indices:
    """Improve a path until no reversal and no move of a stretch improves it further.

    The cost of a path is the sum of distances between neighbours minus the sum of place times
    ``pull`` over its members.

    Parameters
    ----------
    distance : ndarray, (n, n)
        Symmetric, not negative.
    pull : ndarray, (n,)
        How strongly each member wants a late place; below 0 it wants an early one.
    start : ndarray of int, (n,)
        A path through all members.
    kept : collection of int
        Members that keep the order among themselves that they have in ``start``.

    Returns
    -------
    ndarray of int, (n,)
        A path that does not cost more.
    """
    n = len(start)
    costs = np.zeros((n + 2, n + 2))
    costs[:n, :n] = distance
    pulls = np.concatenate([pull, [0.0, 0.0]])
    held = np.zeros(n + 2, bool)
    held[list(kept)] = True
    path = np.concatenate([[n], start, [n + 1]]).astype(np.int64)
    while True:
        state = _State(costs[np.ix_(path, path)], pulls[path], held[path])
        steps = [state.best_reversal()]
        steps += [
            state.best_move(length, turned)
            for length in _LENGTHS
            if length < n
            for turned in (False, True)
        ]
        gain, order = max(steps, key=lambda step: step[0])
        if gain < _LEAST_GAIN:
            return path[1:-1]
        path = path[order]


class _State:
    """A path with an open end on both sides: what each step would gain.

    Attributes
    ----------
    along : ndarray, (n, n)
        Distances, in the order of the path.
    links : ndarray, (n - 1,)
        Distance from each place to the next.
    pulled, moment, held : ndarray, (n + 1,)
        Running sums of pull, place times pull, and members that are kept in order.
    """

    def __init__(self, along: Floats, pull: Floats, held: NDArray[np.bool_]) -> None:
        self.n = len(along)
        self.along = along
        self.links = np.diagonal(along, 1)
        self.pulled = np.concatenate([[0.0], np.cumsum(pull)])
        self.moment = np.concatenate([[0.0], np.cumsum(pull * np.arange(self.n))])
        self.held = np.concatenate([[0], np.cumsum(held)])

    def best_reversal(self) -> tuple[float, Indices]:
        """Gain of the best reversal of places i + 1 … j, and the path after it."""
        n, links = self.n, self.links
        gain = links[:, None] + links[None] - self.along[:-1, :-1] - self.along[1:, 1:]
        i, j = np.arange(n - 1)[:, None], np.arange(n - 1)[None]
        gain += self._reversal_pull(i + 1, j)
        held = self.held[j + 1] - self.held[i + 1]
        gain = np.where(np.triu(held <= 1, 2), gain, -np.inf)
        before, last = divmod(int(gain.argmax()), n - 1)
        order = np.arange(n)
        order[before + 1 : last + 1] = order[before + 1 : last + 1][::-1]
        return float(gain[before, last]), order

    def best_move(self, length: int, turned: bool) -> tuple[float, Indices]:
        """Gain of the best move of a stretch of that length, and the path after it."""
        n, along = self.n, self.along
        first = np.arange(1, n - length)
        last = first + length - 1
        freed = along[first - 1, first] + along[last, last + 1] - along[first - 1, last + 1]
        begin, end = (last, first) if turned else (first, last)
        gain = freed[:, None] + self.links[None] - along[begin, :-1] - along[end, 1:]
        first, last, behind = first[:, None], last[:, None], np.arange(n - 1)[None]
        forward = behind > last
        low = np.where(forward, last + 1, behind + 1)  # places that are passed: low … high - 1
        high = np.where(forward, behind + 1, first)
        inside = self.held[last + 1] - self.held[first]
        fine = (inside == 0) | (self.held[high] == self.held[low])
        fine &= forward | (behind < first - 1)
        gain += (high - low) * np.where(forward, 1, -1) * (
            self.pulled[last + 1] - self.pulled[first]
        ) - length * np.where(forward, 1, -1) * (self.pulled[high] - self.pulled[low])
        if turned:
            fine &= inside <= 1
            gain += self._reversal_pull(first, last)
        gain = np.where(fine, gain, -np.inf)
        row, j = divmod(int(gain.argmax()), n - 1)
        stretch = np.arange(row + 1, row + 1 + length)
        rest = np.delete(np.arange(n), stretch)
        place = int(np.searchsorted(rest, j)) + 1
        order = np.insert(rest, place, stretch[::-1] if turned else stretch)
        return float(gain[row, j]), order

    def _reversal_pull(self, first: Indices, last: Indices) -> Floats:
        """Gain in pull when places ``first`` … ``last`` are reversed."""
        pulled = self.pulled[last + 1] - self.pulled[first]
        moment = self.moment[last + 1] - self.moment[first]
        return np.asarray((first + last) * pulled - 2 * moment)
