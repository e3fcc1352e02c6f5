"""Reading a window of a section from a file."""

from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.area import reduced_shape
from brainseek.catalog.sections.readers.pixels import MIN_SIDE_PX
from brainseek.catalog.sections.readers.reader import Window
from brainseek.catalog.sections.readers.registry import read_raw_window
from brainseek.catalog.sections.section import (
    Section,
    checked_request,
    section_from_array,
    square_pixels,
)


class BlankWindow(BrainseekError):
    """A window with the same value everywhere, in which there is nothing to recognise."""


def read_window(
    path: Path | str,
    window: Window,
    *,
    max_side: int | None = 1024,
    pixel_size_um: float | None = None,
    slice_index: int | None = None,
    axis: int | None = None,
    stain: str | None = None,
    specimen: str | None = None,
) -> Section:
    """Read a window of a section from a TIFF, PNG, JPEG or NIfTI file.

    Of a TIFF, only the tiles, strips or rows that the window touches are read, so the file may
    be larger than memory. PNG, JPEG and NIfTI planes are decoded as a whole, and the last two
    are kept for the next windows.

    Parameters
    ----------
    path : path
        The file; its kind is recognised by its content.
    window : Window
        ``row``, ``column``, ``height`` and ``width`` in pixels of the file, at least 16 x 16.
    max_side : int or None
        Longest side of the result in pixels, as in `brainseek.read_section`.
    pixel_size_um : float, optional
        Side of a pixel *of the file* in µm; by default the one that the file states.
    slice_index, axis : int, optional
        Which plane, as in `brainseek.read_section`.
    stain, specimen : str, optional
        Kept with the image.

    Returns
    -------
    Section
        As from `brainseek.read_section`: ``pixel_size_um`` belongs to the returned image, and
        pixels that are not square in the file are made square.

    Raises
    ------
    BlankWindow
        When the window has the same value everywhere.
    BrainseekError
        When the file can't be read, the window leaves the plane, or its pixels are unusable as
        in `brainseek.section_from_array`.
    """
    path = Path(path).expanduser()
    request = checked_request(max_side, slice_index, axis, pixel_size_um)
    raw = read_raw_window(path, window, request)
    if min(reduced_shape(window.height, window.width, max_side)) < MIN_SIDE_PX:
        raise BrainseekError(
            f"a window of {window.width} x {window.height} pixels, shrunk to {max_side}, would "
            f"have a side below {MIN_SIDE_PX} pixels; make it less oblong or raise max_side."
        )
    image, size = square_pixels(raw, pixel_size_um, path.name)
    if image.min() == image.max():
        raise BlankWindow(
            f"the window of {window.width} x {window.height} pixels at row {window.row}, column "
            f"{window.column} of {path.name} has the value {image.min()} everywhere; choose one "
            "that shows tissue."
        )
    return section_from_array(image, size, stain=stain, specimen=specimen, source_uri=str(path))
