"""Patches of a volume around cortical vertices, turned so that rows run along the normal."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.volumes.plane_cutter import PlaneCutter
from brainseek.catalog.volumes.volume import Plane, Volume

FORWARD = (0.3, 1.0, 0.0)
"""Where columns run at angle 0, laid on the surface: anterior, a little away from the midline."""

_LEVEL = 1e-6

SURFACE_AXES = ("x", "y", "z")
"""Order of the coordinates of a surface: right, anterior, superior."""


@dataclass(frozen=True)
class PatchFrame:
    """Size and place of a patch.

    Attributes
    ----------
    rows, columns : int
        Pixels along the normal and along the surface; a block has ``columns`` in both tangents.
    pixel_um : float
        Side of a pixel in µm.
    outside_um : float
        How far outside the vertex the upper edge of the patch lies, in µm.
    """

    rows: int = 32
    columns: int = 32
    pixel_um: float = 500.0
    outside_um: float = 3000.0

    def __post_init__(self) -> None:
        """Refuse a frame without pixels or place."""
        if min(self.rows, self.columns) < 1:
            raise BrainseekError(
                f"a patch of {self.rows} rows and {self.columns} columns has no pixels; "
                "give at least 1 of each."
            )
        if not (math.isfinite(self.pixel_um) and self.pixel_um > 0):
            raise BrainseekError(f"pixel size {self.pixel_um} must be a positive number of µm.")
        if not math.isfinite(self.outside_um):
            raise BrainseekError(f"outside_um {self.outside_um} must be a finite number of µm.")


@dataclass(frozen=True, eq=False)
class CortexPatches:
    """Cuts patches out of a volume at the vertices of a surface in the same space.

    Row 0 lies outside the brain and the rows run against the outward normal, through the grey
    into the white matter. The vertex lies at the middle of the columns, ``outside_um`` below the
    upper edge. Columns run along a tangent at ``angle`` about the normal. Pixels are linearly
    interpolated; outside the volume they are 0.

    Attributes
    ----------
    volume : Volume
        Grey values; its ``space_axes`` are x, y, z.
    surface : Surface
        Vertices in µm in the space of the volume.
    frame : PatchFrame
    """

    volume: Volume
    surface: Surface
    frame: PatchFrame = field(default_factory=PatchFrame)

    def __post_init__(self) -> None:
        """Refuse a volume whose points are written in another order."""
        if self.volume.space_axes != SURFACE_AXES:
            raise BrainseekError(
                f"the volume writes its points as {self.volume.space_axes}, a surface as "
                f"{SURFACE_AXES}; take a volume of the surface's space."
            )

    def axes(self, vertex: int, angle: float) -> NDArray[np.float64]:
        """Return the unit vectors of rows, columns and slabs, (3, 3), as rows in x, y, z.

        The first is minus the outward normal, the others are tangents at right angles; ``angle``
        in radians turns both about the normal. At angle 0 the columns run towards anterior. The
        axes of the left hemisphere mirror those of the right one, at every angle, so that
        mirrored places have equal patches.

        Raises
        ------
        BrainseekError
            If the surface has no such vertex, or no triangle there has an area.
        """
        if not 0 <= vertex < len(self._normals):
            raise BrainseekError(
                f"vertex {vertex} does not exist on {self.surface.name}; choose one from 0 to "
                f"{len(self._normals) - 1}."
            )
        normal = self._normals[vertex]
        if not normal.any():
            raise BrainseekError(
                f"vertex {vertex} of {self.surface.name} has no normal because its triangles have "
                "no area; leave it out."
            )
        forward = np.array(FORWARD)
        if self.surface.hemisphere[vertex] == 0:
            forward[0] *= -1
        first = forward - (forward @ normal) * normal
        if np.linalg.norm(first) < _LEVEL:
            first = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
        first /= np.linalg.norm(first)
        second = np.cross(normal, first)
        if self.surface.hemisphere[vertex] == 0:
            second *= -1
        right = math.cos(angle) * first + math.sin(angle) * second
        return np.stack([-normal, right, math.cos(angle) * second - math.sin(angle) * first])

    def plane(self, vertex: int, angle: float = 0.0, slab_um: float = 0.0) -> Plane:
        """Return the plane of a patch in µm, in the order x, y, z.

        Parameters
        ----------
        vertex : int
            Index on the surface.
        angle : float
            Angle of the columns about the normal in radians.
        slab_um : float
            Shift of the plane along the tangent that is at right angles to it, in µm.
        """
        frame = self.frame
        down, right, across = self.axes(vertex, angle)
        u, v = right * frame.columns * frame.pixel_um, down * frame.rows * frame.pixel_um
        top = self.surface.vertices_um[vertex] - down * frame.outside_um + across * slab_um
        return Plane.of_arrays(top - u / 2, u, v)

    def patch(self, vertex: int, angle: float = 0.0) -> NDArray[np.float32]:
        """Return the picture (rows, columns) at a vertex, see :meth:`plane`."""
        down, right, _ = self.axes(vertex, angle)
        return self._cuts(vertex, [(down, right)], down)[0]

    def block(self, vertex: int, angle: float = 0.0) -> NDArray[np.float32]:
        """Return the block (rows, columns, columns) at a vertex: patches side by side.

        The last axis runs along the second tangent; its middle holds the vertex.
        """
        columns, pixel = self.frame.columns, self.frame.pixel_um
        shifts = (np.arange(columns) - (columns - 1) / 2) * pixel
        down, right, across = self.axes(vertex, angle)
        slabs = self._cuts(vertex, [(down, right)] * columns, down, shifts[:, None] * across)
        return np.stack(list(slabs), axis=2)

    def planes(self, vertex: int, angle: float = 0.0) -> NDArray[np.float32]:
        """Return the three planes through the middle of the block, (columns, columns, 3).

        They are the patch at ``angle``, the patch along the second tangent, and the plane at
        right angles to the normal, whose rows run along the second tangent.

        Raises
        ------
        BrainseekError
            If the frame is not square.
        """
        frame = self.frame
        if frame.rows != frame.columns:
            raise BrainseekError(
                f"patches of {frame.rows} rows and {frame.columns} columns have no planes of equal "
                "shape; give as many rows as columns."
            )
        down, right, across = self.axes(vertex, angle)
        cuts = self._cuts(vertex, [(down, right), (down, across), (across, right)], down)
        return np.stack(list(cuts), axis=2)

    def _cuts(
        self,
        vertex: int,
        axes: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
        inward: NDArray[np.float64],
        shift_um: NDArray[np.float64] | float = 0.0,
    ) -> NDArray[np.float32]:
        """Cut (k, rows, columns) with these directions of rows and columns.

        All lie about the middle of the patch at the vertex, moved by ``shift_um`` (k, 3).
        """
        frame, pixel = self.frame, self.frame.pixel_um
        down, right = (np.array(one) * pixel for one in zip(*axes, strict=True))
        depth = frame.rows * pixel / 2 - frame.outside_um
        middle = self.surface.vertices_um[vertex] + depth * inward + shift_um
        first = middle - (frame.rows - 1) / 2 * down - (frame.columns - 1) / 2 * right
        return self._cutter(first, down, right, (frame.rows, frame.columns))

    @cached_property
    def _cutter(self) -> PlaneCutter:
        return PlaneCutter(self.volume)

    @cached_property
    def _normals(self) -> NDArray[np.float64]:
        return self.surface.normals()
