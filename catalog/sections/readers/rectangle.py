"""A window: a rectangle of pixels inside a plane."""

from typing import NamedTuple

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.pixels import MIN_SIDE_PX


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


def checked_inside(window: Window, shape: tuple[int, int], what: str) -> None:
    """Refuse a window that is too small or leaves the plane.

    Raises
    ------
    BrainseekError
        With the window and the size of the plane.
    """
    row, column, height, width = window
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
