"""Sections that lie upside down on their slide: aligned upright, described as they lie."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from catalog.section import Section

if TYPE_CHECKING:
    from registration.alignment import Alignment
    from registration.warp import Warp

Points = NDArray[np.float64]
Field = NDArray[np.float32]


def turn_image(section: Section) -> Section:
    """Return a section turned by 180 degrees in its plane."""
    mask = section.tissue_mask
    return replace(
        section,
        image=np.ascontiguousarray(section.image[::-1, ::-1]),
        tissue_mask=None if mask is None else np.ascontiguousarray(mask[::-1, ::-1]),
    )


def turned(alignment: "Alignment") -> "Alignment":
    """Return the alignment of a section from that of the section turned by 180 degrees."""
    height, width = alignment.section.image.shape[:2]
    warp = cast("Warp", _TurnedWarp(alignment.warp, (height, width)))
    return replace(alignment, section=turn_image(alignment.section), warp=warp)


@dataclass(frozen=True, eq=False)
class _TurnedWarp:
    """A `Warp` that sees the section's points turned."""

    inner: "Warp"
    shape: tuple[int, int]

    def forward(self, points: Points) -> Points:
        return self.inner.forward(self._turned(points))

    def backward(self, points: Points) -> Points:
        return self._turned(self.inner.backward(points))

    def dense(self) -> tuple[Field, Field]:
        rows, columns = self.inner.dense()
        return np.ascontiguousarray(rows[::-1, ::-1]), np.ascontiguousarray(columns[::-1, ::-1])

    def _turned(self, points: Points) -> Points:
        height, width = self.shape
        return np.column_stack([height - 1 - points[:, 0], width - 1 - points[:, 1]])
