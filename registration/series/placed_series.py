"""What is known about a series of sections of one brain."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Member:
    """One section of a series.

    Attributes
    ----------
    file : str
        Where it came from; empty for an array.
    place : int
        Its place in the restored order, from 0, front of the atlas first.
    plate : int
        The plate nearest to its position.
    position_um : float
        Its position along the atlas' cutting axis, µm: evenly spaced but for gaps and locks;
        interpolated for a bad section.
    matched_um : float
        What the plates alone say of its position in the series, µm.
    confidence : float
        Probability, from this section's own picture, of the plates within 1.5 plate distances of
        its position; 1 for a locked one.
    flipped : bool
        It is mirrored left to right relative to most of the series.
    turned_deg : int
        180 if it (as the file stands) is upside down, else 0.
    bad : bool
        Too damaged to have a say, or it could not be read.
    moved : bool
        It stood in a wrong place of the input.
    locked : bool
        The user said which plate it is.
    error : str or None
        Why the file could not be read.
    """

    file: str
    place: int
    plate: int
    position_um: float
    matched_um: float
    confidence: float
    flipped: bool = False
    turned_deg: int = 0
    bad: bool = False
    moved: bool = False
    locked: bool = False
    error: str | None = None


@dataclass(frozen=True)
class PlacedSeries:
    """The answer for a series.

    Attributes
    ----------
    members : tuple of Member
        In the order in which they were given.
    order : tuple of int
        Their indices in the restored order.
    reversed : bool
        They were given from the back of the atlas to its front.
    spacing_um : float
        Typical distance between neighbours.
    gaps : tuple of (int, int, float)
        Neighbours (indices of members) that lie unusually far apart, and their distance in µm.
    warnings : tuple of str
        What the user should know, one sentence each.
    """

    members: tuple[Member, ...]
    order: tuple[int, ...]
    reversed: bool
    spacing_um: float
    gaps: tuple[tuple[int, int, float], ...] = ()
    warnings: tuple[str, ...] = ()

    def in_order(self) -> list[Member]:
        """Members from the front of the atlas to its back."""
        return [self.members[index] for index in self.order]

    def to_dict(self) -> dict[str, Any]:
        """Dictionary for JSON; members in the order in which they were given."""
        return {
            "spacing_um": self.spacing_um,
            "reversed": self.reversed,
            "order": list(self.order),
            "gaps": [
                {"after": after, "before": before, "distance_um": distance}
                for after, before, distance in self.gaps
            ],
            "warnings": list(self.warnings),
            "members": [dataclasses.asdict(member) for member in self.members],
        }
