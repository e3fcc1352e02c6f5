"""Sections that lie mirrored on their slide: aligned mirrored, described as they lie."""

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


def mirror_image(section: Section) -> Section:
    """Return a section with left and right exchanged."""
    mask = section.tissue_mask
    return replace(
        section,
        image=np.ascontiguousarray(section.image[:, ::-1]),
        tissue_mask=None if mask is None else np.ascontiguousarray(mask[:, ::-1]),
    )


def mirrored(alignment: "Alignment") -> "Alignment":
    """Return the alignment of a section from that of its mirror image."""
    width = alignment.section.image.shape[1]
    warp = cast("Warp", _MirroredWarp(alignment.warp, width))
    return replace(alignment, section=mirror_image(alignment.section), warp=warp)


@dataclass(frozen=True, eq=False)
class _MirroredWarp:
    """A `Warp` that sees the section's points mirrored."""

    inner: "Warp"
    width: int

    def forward(self, points: Points) -> Points:
        return self.inner.forward(self._mirrored(points))

    def backward(self, points: Points) -> Points:
        return self._mirrored(self.inner.backward(points))

    def dense(self) -> tuple[Field, Field]:
        rows, columns = self.inner.dense()
        return np.ascontiguousarray(rows[:, ::-1]), np.ascontiguousarray(columns[:, ::-1])

    def _mirrored(self, points: Points) -> Points:
        return np.column_stack([points[:, 0], self.width - 1 - points[:, 1]])
