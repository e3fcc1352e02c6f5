"""All kinds of image files, and reading a file with the reader that its first bytes ask for.

To add one, copy `raster.py`, which is the smallest: a file in this folder with

1. ``knows(start, name)``, by the first bytes and never by the name alone;
2. ``read(path, request)``, which returns a `RawImage` and lets its decoder raise what it likes;
3. what else can be done without decoding: `Reader` names three optional functions;

then write one line into `READERS`. Nothing else knows the kinds.
"""

import os
import threading
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers import nifti, raster
from brainseek.catalog.sections.readers.area import shrink
from brainseek.catalog.sections.readers.opening import decoding, first_bytes
from brainseek.catalog.sections.readers.reader import Planes, RawImage, Reader, ReadRequest, Window
from brainseek.catalog.sections.readers.tiff import whole as tiff
from brainseek.catalog.sections.readers.tiff import window as tiff_window

READERS = (
    Reader("PNG", (".png",), raster.is_png, raster.read),
    Reader("JPEG", (".jpg", ".jpeg"), raster.is_jpeg, raster.read),
    Reader("TIFF", (".tif", ".tiff"), tiff.is_tiff, tiff.read, tiff.planes, tiff_window.read),
    Reader("NIfTI", (".nii", ".nii.gz"), nifti.is_nifti, nifti.read, planes=nifti.planes),
)


KEPT_PLANES = 2
"""Planes that can only be decoded as a whole; so many are kept for the next windows."""

_one_at_a_time = threading.Lock()


def reader_of(path: Path) -> Reader:
    """Return what reads a file, recognised by its first bytes.

    Raises
    ------
    BrainseekError
        When the file is missing, a folder, empty or of another kind.
    """
    start = first_bytes(path)
    for reader in READERS:
        if reader.knows(start, path.name.lower()):
            return reader
    *kinds, last = (reader.kind for reader in READERS)
    raise BrainseekError(
        f"{path.name} is not an image that brainseek reads; use {', '.join(kinds)} or {last}."
    )


def read_raw(path: Path, request: ReadRequest) -> RawImage:
    """Read one plane of a file.

    Raises
    ------
    BrainseekError
        When the file is missing, empty, of an unknown kind or damaged.
    """
    reader = reader_of(path)
    with decoding(path, reader.kind):
        return reader.read(path, request)


def planes_of(path: Path | str, axis: int | None = None) -> Planes:
    """Count the planes of a file without reading a pixel.

    Parameters
    ----------
    path : path
        Any image file.
    axis : {0, 1, 2}, optional
        The axis along which a volume is cut, as in `brainseek.read_section`; other files have
        none, and it is left aside.

    Raises
    ------
    BrainseekError
        When the file is missing, empty, damaged, of another kind or has too many dimensions.
    """
    path = Path(path).expanduser()
    reader = reader_of(path)
    with decoding(path, reader.kind):
        return reader.planes(path, ReadRequest(axis=axis)) if reader.planes else Planes(1)


def read_raw_window(path: Path, window: Window, request: ReadRequest) -> RawImage:
    """Read a window of one plane of a file.

    Returns
    -------
    RawImage
        ``full_shape`` is the size of the window before shrinking.

    Raises
    ------
    BrainseekError
        When the file can't be read, or the window leaves the plane.
    """
    reader = reader_of(path)
    with decoding(path, reader.kind):
        if reader.read_window is not None:
            return reader.read_window(path, window, request)
        status = os.stat(path)
        with _one_at_a_time:  # two threads that want the same plane decode it once
            stamp = (status.st_mtime_ns, status.st_size)
            plane = _plane(path, stamp, reader, replace(request, max_side=None))
    window.check_inside(plane.full_shape, path.name)
    row, column, height, width = window
    part = plane.pixels[row : row + height, column : column + width]
    return RawImage(shrink(part, request.max_side), (height, width), plane.full_pixel_size_um)


@lru_cache(maxsize=KEPT_PLANES)
def _plane(path: Path, stamp: tuple[int, int], reader: Reader, request: ReadRequest) -> RawImage:
    """Read a whole plane; ``stamp`` makes a changed file another one."""
    return reader.read(path, request)
