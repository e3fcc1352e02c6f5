"""What a reader of image files is asked for, what it returns, and what it says about itself."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.pixels import MIN_SIDE_PX


@dataclass(frozen=True)
class RawImage:
    """Pixels as they came out of a file, at most shrunk.

    Attributes
    ----------
    pixels : ndarray, (height, width) or (height, width, channels)
        Values; an alpha channel is still there.
    full_shape : (height, width)
        Size in the file, before shrinking.
    full_pixel_size_um : (row, column) or None
        Height and width of a pixel in the file in µm, None when the file does not say.
    """

    pixels: np.ndarray
    full_shape: tuple[int, int]
    full_pixel_size_um: tuple[float, float] | None


@dataclass(frozen=True)
class ReadRequest:
    """What is wanted from a file.

    Attributes
    ----------
    max_side : int or None
        Longest side of the result in pixels; None keeps the full size.
    slice_index : int or None
        Which plane of a stack, from 0.
    axis : int or None
        The axis that the plane is perpendicular to; None takes the format's usual one.
    """

    max_side: int | None = None
    slice_index: int | None = None
    axis: int | None = None

    def plane_of(self, n_planes: int, what: str, kind: str) -> int:
        """Return the chosen plane of a stack.

        Raises
        ------
        BrainseekError
            When there is more than one plane and none was chosen, or the choice is outside.
        """
        index = self.slice_index
        if index is None and n_planes == 1:
            return 0
        if index is None:
            raise BrainseekError(
                f"{what} is a stack of {n_planes} {kind}; "
                f"choose one with slice_index (0 to {n_planes - 1})."
            )
        if not 0 <= index < n_planes:
            raise BrainseekError(
                f"slice {index} of {what} does not exist; choose 0 to {n_planes - 1}."
            )
        return index


class Window(NamedTuple):
    """A part of a plane in pixels of its full resolution; row 0, column 0 is the top left.

    Attributes
    ----------
    row, column : int
        Its first pixel.
    height, width : int
        Its size.
    """

    row: int
    column: int
    height: int
    width: int

    def check_inside(self, shape: tuple[int, int], what: str) -> None:
        """Refuse a window that is too small or leaves a plane of this shape (height, width).

        Raises
        ------
        BrainseekError
            With the window and the size of the plane.
        """
        row, column, height, width = self
        if min(height, width) < MIN_SIDE_PX:
            raise BrainseekError(
                f"a window of {width} x {height} pixels is too small; use at least {MIN_SIDE_PX} "
                "pixels on each side."
            )
        if min(row, column) < 0 or row + height > shape[0] or column + width > shape[1]:
            raise BrainseekError(
                f"the window of {width} x {height} pixels at row {row}, column {column} leaves "
                f"{what}, which has {shape[1]} x {shape[0]} pixels; move it inside."
            )


@dataclass(frozen=True)
class Planes:
    """The planes of a file.

    Attributes
    ----------
    count : int
        Number of planes, at least 1.
    axis : int or None
        For volumes: the axis (RAS+) that the planes are perpendicular to.
    """

    count: int
    axis: int | None = None

    @property
    def stacked(self) -> bool:
        """Whether a plane has to be chosen: a volume, or a stack of several planes."""
        return self.count > 1 or self.axis is not None


@dataclass(frozen=True)
class Reader:
    """How one kind of file is read. All functions may raise whatever their decoder does.

    Attributes
    ----------
    kind : str
        E.g. "TIFF".
    suffixes : tuple of str
        What its files end with inside a folder, in small letters.
    knows : callable
        Tells by the first 352 bytes and the name of a file whether it is of this kind.
    read : callable
        Reads one plane of a file; may shrink it on the way.
    planes : callable, optional
        Counts the planes of a file without reading a pixel; by default there is one.
    read_window : callable, optional
        Reads a window of a plane; by default the whole plane is decoded and kept.
    """

    kind: str
    suffixes: tuple[str, ...]
    knows: Callable[[bytes, str], bool]
    read: Callable[[Path, ReadRequest], RawImage]
    planes: Callable[[Path, ReadRequest], Planes] | None = None
    read_window: Callable[[Path, Window, ReadRequest], RawImage] | None = None


def plausible_size_um(value: float | None) -> float | None:
    """Return a pixel size that a resolution tag claims, or None when it cannot be meant.

    Scanners and cameras write 72, 96, 150, 200 or 300 dpi into files whatever the magnification;
    600 dpi (42 µm) is the coarsest resolution taken for a measured one.
    """
    if value is None or not math.isfinite(value) or not 0.01 <= value <= 25_400 / 600 + 1e-6:
        return None
    return value
