"""Where pictures of cortical vertices come from: a volume, simulation, or registered sections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from catalog.cortex_patches import CortexPatches
from catalog.cortex_render import CortexRenderer
from catalog.errors import BrainseekError
from catalog.registered_sections import RegisteredSections
from catalog.surface import Surface
from embedder.preprocess import to_gray_uint8

Picture = NDArray[np.uint8]


class PatchSource(Protocol):
    """Anything that has pictures of a surface's vertices."""

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Vertices (n,) that have a picture."""

    def __call__(self, vertex: int, rng: np.random.Generator) -> Picture:
        """Return one random square picture of a vertex."""


@dataclass(frozen=True, eq=False)
class VolumePatches:
    """Patches of a volume, turned about the normal by a random angle, as 8-bit gray.

    Gray runs from the volume's least value to its 99.9th percentile.
    """

    patches: CortexPatches
    turn_deg: float = 180.0
    """Largest angle from the anterior direction, either way; 180 is any."""

    @property
    def usable(self) -> NDArray[np.bool_]:
        """The vertices of the cortex."""
        return self.patches.surface.cortex

    def __call__(self, vertex: int, rng: np.random.Generator) -> Picture:
        low, high = self._range
        angle = np.deg2rad(rng.uniform(-self.turn_deg, self.turn_deg))
        values = (self.patches.patch(vertex, angle) - low) * (255 / (high - low))
        return np.clip(values + 0.5, 0, 255).astype(np.uint8)

    @cached_property
    def _range(self) -> tuple[float, float]:
        data = self.patches.volume.data
        low, high = float(data.min()), float(np.percentile(data, 99.9))
        if high <= low:
            raise BrainseekError(
                f"the volume holds {low} nearly everywhere and shows no tissue; take another."
            )
        return low, high


@dataclass(frozen=True, eq=False)
class RenderedPatches:
    """Simulated patches of BigBrain's vertices; every call draws other cells."""

    renderer: CortexRenderer

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Vertices with layers and a staining profile."""
        return self.renderer.tissue.usable

    def __call__(self, vertex: int, rng: np.random.Generator) -> Picture:
        return self.renderer(vertex, rng).image


@dataclass(frozen=True, eq=False)
class SectionPatches:
    """Patches of registered sections; a vertex has those whose nearest vertex it is.

    Attributes
    ----------
    sections : RegisteredSections
    surface : Surface
        In the space of the sections' points, none of them further away than ``max_um``.
    size : int
        Side of the pictures in pixels.
    pixel_um : float
        Side of their pixels in µm.
    max_um : float
    """

    sections: RegisteredSections
    surface: Surface
    size: int
    pixel_um: float
    max_um: float = 5000.0

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Vertices that are nearest to at least one place on a section."""
        usable = np.zeros(len(self.surface.vertices_um), bool)
        usable[self._vertex] = True
        return usable

    def __call__(self, vertex: int, rng: np.random.Generator) -> Picture:
        places = np.flatnonzero(self._vertex == vertex)
        if not places.size:
            raise BrainseekError(
                f"no place on a section is nearest to vertex {vertex}; choose a usable one."
            )
        section = self.sections.patch(int(rng.choice(places)), self.size, self.pixel_um)
        return to_gray_uint8(section.image)

    @cached_property
    def _vertex(self) -> NDArray[np.int64]:
        return self.surface.nearest(self.sections.points_um, self.max_um)[0]
