"""What an encoder of places on the cortex sees: the patch, its planes and its scale."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.patches import CortexPatches, PatchFrame
from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.preprocessing.patch_gray import spread_gray

_SAME_EXTENT = 0.05
"""Relative difference up to which two sides of a patch count as equal."""
_MIX_UP = 0.01
"""Share of the encoder's side below which a pixel size was probably given in mm."""


@dataclass(frozen=True)
class PatchView:
    """Size, scale and planes of the patches of an encoder.

    Attributes
    ----------
    side_px : int
        Side in pixels.
    pixel_um : float
        Side of a pixel in µm.
    planes : int
        1: the patch, rows against the outward normal. 3: the middle planes of a block, see
        `brainseek.catalog.cortex.patches.CortexPatches.planes`.
    outside : float
        Share of the patch that lies outside the vertex.
    """

    side_px: int
    pixel_um: float
    planes: int
    outside: float

    @property
    def extent_um(self) -> float:
        """Side of the patch in µm."""
        return self.side_px * self.pixel_um

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a patch: (side, side) or (side, side, 3)."""
        return (self.side_px,) * 2 if self.planes == 1 else (self.side_px, self.side_px, 3)

    def patches(self, volume: Volume, surface: Surface) -> CortexPatches:
        """Return what cuts patches of this size out of a volume at the vertices of a surface."""
        side = self.side_px
        frame = PatchFrame(side, side, self.pixel_um, self.outside * self.extent_um)
        return CortexPatches(volume, surface, frame)

    def cut(self, patches: CortexPatches, vertex: int) -> NDArray[np.float32]:
        """Return the patch of a vertex at angle 0, of `shape`."""
        return patches.patch(vertex) if self.planes == 1 else patches.planes(vertex)

    def prepared(
        self, patch: NDArray[np.generic], pixel_um: float | None = None, what: str = "the patch"
    ) -> NDArray[np.uint8]:
        """Bring a patch to the encoder's pixels, (side_px, side_px, planes), and spread its gray.

        Parameters
        ----------
        patch : ndarray, (side, side) or (side, side, 3)
            Any real type and contrast; as many planes as the encoder sees.
        pixel_um : float, optional
            Side of its pixels in µm; without it, it must have the encoder's pixels.
        what : str
            How errors call it.

        Raises
        ------
        BrainseekError
            When the shape, number of planes, type or scale is another one, a value is not finite,
            or all values are alike.
        """
        if patch.dtype.kind not in "biuf":
            raise BrainseekError(f"{what} holds {patch.dtype}; give real numbers.")
        side = self._checked_side(patch, what)
        self._check_extent(side, pixel_um, what)
        values = np.asarray(patch, np.float32)
        if not np.isfinite(values).all():
            raise BrainseekError(f"{what} holds NaN or infinite values; replace them, e.g. with 0.")
        if side != self.side_px:
            how = cv2.INTER_AREA if side > self.side_px else cv2.INTER_LINEAR
            values = np.asarray(cv2.resize(values, (self.side_px,) * 2, interpolation=how))
        gray = spread_gray(values)
        if not gray.any():
            raise BrainseekError(
                f"{what} is even: its values are alike almost everywhere, so it shows no tissue; "
                "check where it was cut."
            )
        return gray.reshape(self.side_px, self.side_px, self.planes)

    def _checked_side(self, patch: NDArray[np.generic], what: str) -> int:
        shape = patch.shape
        given = 3 if len(shape) == 3 and shape[2] == 3 else 1 if len(shape) == 2 else 0
        if given not in (0, self.planes):
            raise BrainseekError(
                f"{what} has {given} plane(s) and the encoder sees {self.planes}; give the shape "
                f"{self.shape}, or take another encoder."
            )
        if not given or shape[0] != shape[1] or not shape[0]:
            raise BrainseekError(f"{what} has the shape {shape}; give a square, {self.shape}.")
        return shape[0]

    def _check_extent(self, side: int, pixel_um: float | None, what: str) -> None:
        if pixel_um is None:
            if side != self.side_px:
                raise BrainseekError(
                    f"{what} is {side} x {side} pixels of unknown size and the encoder sees "
                    f"{self.side_px} of {self.pixel_um:g} µm; say how large its pixels are in µm."
                )
            return
        if not (np.isfinite(pixel_um) and pixel_um > 0):
            raise BrainseekError(f"pixel size {pixel_um} must be a positive number of µm.")
        extent = side * pixel_um
        if abs(extent / self.extent_um - 1) <= _SAME_EXTENT:
            return
        if extent < _MIX_UP * self.extent_um:
            raise BrainseekError(
                f"pixels of {pixel_um:g} µm make {what} {extent:g} µm wide and the encoder sees "
                f"{self.extent_um / 1000:g} mm; if {pixel_um:g} is in mm, give µm."
            )
        raise BrainseekError(
            f"{what} is {extent / 1000:g} mm wide and the encoder sees {self.extent_um / 1000:g} "
            f"mm; cut {self.extent_um / pixel_um:.0f} pixels of {pixel_um:g} µm, or correct the "
            "pixel size."
        )
