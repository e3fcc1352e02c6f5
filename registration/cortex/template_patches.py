"""What a template shows around the places of its cortex, for people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.cortex.patches import CortexPatches, PatchFrame
from brainseek.catalog.cortex.t1_volumes import load_cortex_volume
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.preprocessing.patch_view import PatchView

SIDE = 96
"""Pixels of the side of a patch that people see; the encoder may see fewer."""


@dataclass(frozen=True, eq=False)
class TemplatePatches:
    """Patches of a T1 volume, finer than an encoder sees them.

    Attributes
    ----------
    cutter : CortexPatches
    outside : float
        Share of a patch that lies outside the vertex.
    """

    cutter: CortexPatches
    outside: float

    @classmethod
    def open(cls, data: str, view: PatchView) -> TemplatePatches:
        """Open a volume, one of `brainseek.catalog.cortex.t1_volumes.cortex_volume_names`."""
        known = load_cortex_volume(data)
        frame = PatchFrame(SIDE, SIDE, view.extent_um / SIDE, view.outside * view.extent_um)
        return cls(CortexPatches(known.volume, known.surface, frame), view.outside)

    def planes(self, vertex: int) -> NDArray[np.uint8]:
        """Return the three planes at a vertex as gray, (side, side, 3).

        See `brainseek.catalog.cortex.patches.CortexPatches.planes`.
        """
        return spread_gray(self.cutter.planes(vertex))
