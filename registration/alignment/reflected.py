"""Sections that lie mirrored or upside down: aligned as they should lie, described as they lie."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section

if TYPE_CHECKING:
    from brainseek.registration.alignment.alignment import Alignment
    from brainseek.registration.alignment.warp import Warp

Points = NDArray[np.float64]
Field = NDArray[np.float32]
Axes = tuple[int, ...]

_LEFT_RIGHT: Axes = (1,)
_HALF_TURN: Axes = (0, 1)


def mirror_image(section: Section) -> Section:
    """Return a section with left and right exchanged."""
    return _reflected(section, _LEFT_RIGHT)


def turn_image(section: Section) -> Section:
    """Return a section turned by 180 degrees in its plane."""
    return _reflected(section, _HALF_TURN)


def mirrored(alignment: "Alignment") -> "Alignment":
    """Return the alignment of a section from that of its mirror image."""
    return _described(alignment, _LEFT_RIGHT)


def turned(alignment: "Alignment") -> "Alignment":
    """Return the alignment of a section from that of the section turned by 180 degrees."""
    return _described(alignment, _HALF_TURN)


def _reflected(section: Section, axes: Axes) -> Section:
    mask = section.tissue_mask
    return replace(
        section,
        image=np.ascontiguousarray(np.flip(section.image, axes)),
        tissue_mask=None if mask is None else np.ascontiguousarray(np.flip(mask, axes)),
    )


def _described(alignment: "Alignment", axes: Axes) -> "Alignment":
    height, width = alignment.section.image.shape[:2]
    warp = cast("Warp", _ReflectedWarp(alignment.warp, (height, width), axes))
    return replace(alignment, section=_reflected(alignment.section, axes), warp=warp)


@dataclass(frozen=True, eq=False)
class _ReflectedWarp:
    """A `Warp` that sees the section's points reflected along some axes of its image."""

    inner: "Warp"
    shape: tuple[int, int]
    axes: Axes

    def forward(self, points: Points) -> Points:
        return self.inner.forward(self._points(points))

    def backward(self, points: Points) -> Points:
        return self._points(self.inner.backward(points))

    def dense(self) -> tuple[Field, Field]:
        rows, columns = (np.flip(one, self.axes) for one in self.inner.dense())
        return np.ascontiguousarray(rows), np.ascontiguousarray(columns)

    def _points(self, points: Points) -> Points:
        found = points.copy()
        for axis in self.axes:
            found[:, axis] = self.shape[axis] - 1 - points[:, axis]
        return found
