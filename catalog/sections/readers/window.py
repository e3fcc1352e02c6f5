"""A window of one plane of any file that brainseek reads."""

import os
import threading
from functools import lru_cache
from pathlib import Path

from brainseek.catalog.sections.readers.area import shrink
from brainseek.catalog.sections.readers.opening import decoding, kind_of
from brainseek.catalog.sections.readers.raw import RawImage, ReadRequest, reader_of
from brainseek.catalog.sections.readers.rectangle import Window, checked_inside
from brainseek.catalog.sections.readers.tiff import window as tiff_window

KEPT_PLANES = 2
"""PNG, JPEG and NIfTI planes are decoded as a whole; so many are kept for the next windows."""

_one_at_a_time = threading.Lock()


def read_raw_window(path: Path, window: Window, request: ReadRequest) -> RawImage:
    """Read a window with the reader that the file's first bytes ask for.

    Returns
    -------
    RawImage
        ``full_shape`` is the size of the window before shrinking.

    Raises
    ------
    BrainseekError
        When the file can't be read, or the window leaves the plane.
    """
    kind = kind_of(path)
    with decoding(path, kind):
        if kind == "TIFF":
            return tiff_window.read(path, window, request)
        status = os.stat(path)
        with _one_at_a_time:  # two threads that want the same plane decode it once
            plane = _plane(
                path, (status.st_mtime_ns, status.st_size), kind, request.slice_index, request.axis
            )
    checked_inside(window, plane.full_shape, path.name)
    row, column, height, width = window
    part = plane.pixels[row : row + height, column : column + width]
    return RawImage(shrink(part, request.max_side), (height, width), plane.full_pixel_size_um)


@lru_cache(maxsize=KEPT_PLANES)
def _plane(
    path: Path, stamp: tuple[int, int], kind: str, slice_index: int | None, axis: int | None
) -> RawImage:
    """Read a whole plane at full size; ``stamp`` makes a changed file another one."""
    return reader_of(kind)(path, ReadRequest(None, slice_index, axis))
