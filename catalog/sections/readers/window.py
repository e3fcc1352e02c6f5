"""A window of one plane of any file that brainseek reads."""

import os
import threading
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from brainseek.catalog.sections.readers.area import shrink
from brainseek.catalog.sections.readers.opening import decoding
from brainseek.catalog.sections.readers.reader import RawImage, Reader, ReadRequest, Window
from brainseek.catalog.sections.readers.registry import reader_of

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
