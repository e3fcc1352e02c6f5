"""Where pictures of cortical vertices come from: volumes, simulation, measurements."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.measured_tissue import CortexTissue, laminar_vectors
from brainseek.catalog.cortex.patches import CortexPatches
from brainseek.catalog.cortex.simulated_histology import CortexRenderer
from brainseek.embedder.preprocessing.patch_gray import spread_gray

Pictures = NDArray[np.uint8] | NDArray[np.float32]
"""One picture or several: gray from 0 to 255, or numbers within 0 and 1."""


class PatchSource(Protocol):
    """Anything that has pictures of a surface's vertices."""

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Vertices (n,) that have a picture."""

    def __call__(self, vertex: int, rng: np.random.Generator) -> Pictures:
        """Return a random picture of a vertex, (rows, columns) or (rows, columns, channels)."""


@dataclass(frozen=True, eq=False)
class VolumePatches:
    """Patches of a volume, turned about the normal by a random angle, in gray of their own range.

    Attributes
    ----------
    patches : CortexPatches
    turn_deg : float
        Largest angle from the anterior direction, either way; 180 is any.
    planes : int
        1 for the patch, 3 for the three middle planes of the block as channels.
    """

    patches: CortexPatches
    turn_deg: float = 180.0
    planes: int = 1

    @property
    def usable(self) -> NDArray[np.bool_]:
        """The vertices of the cortex."""
        return self.patches.surface.cortex

    def __call__(self, vertex: int, rng: np.random.Generator) -> Pictures:
        angle = np.deg2rad(rng.uniform(-self.turn_deg, self.turn_deg))
        cut = self.patches.patch if self.planes == 1 else self.patches.planes
        return spread_gray(cut(vertex, angle))


@dataclass(frozen=True, eq=False)
class RenderedPatches:
    """Simulated patches of BigBrain's vertices; every call draws other cells."""

    renderer: CortexRenderer

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Vertices with layers and a staining profile."""
        return self.renderer.tissue.usable

    def __call__(self, vertex: int, rng: np.random.Generator) -> Pictures:
        return self.renderer(vertex, rng).image


@dataclass(frozen=True, eq=False)
class ProfileVectors:
    """Measured layers and staining of BigBrain's vertices, (1, 57); see `laminar_vectors`."""

    tissue: CortexTissue

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Vertices with layers and a staining profile."""
        return self.tissue.usable

    def __call__(self, vertex: int, rng: np.random.Generator) -> Pictures:
        if not self.usable[vertex]:
            raise BrainseekError(
                f"vertex {vertex} has no layers and staining profile; choose a usable one."
            )
        return self._vectors[vertex : vertex + 1]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        return laminar_vectors(self.tissue)
