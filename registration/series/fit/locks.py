"""Plates that the user has fixed: checked against each other before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from brainseek.catalog.core.errors import BrainseekError


def checked_locks(
    locks: Mapping[int, int], names: Sequence[str], plates: Sequence[int], *, known_order: bool
) -> int | None:
    """Check locks and return which way the input order runs along the atlas, as far as they say.

    Parameters
    ----------
    locks : mapping of int to int
        Plate number of members, by their index in the input.
    names : sequence of str
        Names of all members, for messages.
    plates : sequence of int
        Plate numbers of the atlas.
    known_order : bool
        The members are given in order, so locks must all rise or all fall along it.

    Returns
    -------
    {1, -1} or None
        1 if the locked plates rise along the input, -1 if they fall, None if they don't say.

    Raises
    ------
    BrainseekError
        If a member or plate does not exist, or locks contradict each other.
    """
    known = set(plates)
    for index, plate in locks.items():
        if not 0 <= index < len(names):
            raise BrainseekError(
                f"Section number {index} can't be locked: the series has the sections 0 to "
                f"{len(names) - 1}."
            )
        if plate not in known:
            raise BrainseekError(
                f"{names[index]} can't be locked to plate {plate}: the plates are {min(known)} to "
                f"{max(known)}."
            )
    if not known_order:
        return None
    direction: int | None = None
    because = (-1, -1)
    for first, second in combinations(sorted(locks), 2):
        difference = locks[second] - locks[first]
        if difference == 0:
            continue
        sense = 1 if difference > 0 else -1
        if direction is None:
            direction, because = sense, (first, second)
        elif sense != direction:
            one, other = because
            raise BrainseekError(
                f"The locks {names[first]}={locks[first]}, {names[second]}={locks[second]} run "
                f"against {names[one]}={locks[one]}, {names[other]}={locks[other]}: unlock one of "
                "them, or give the order as unknown."
            )
    return direction
