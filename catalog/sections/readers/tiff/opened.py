"""The TIFF that a thread opened last stays open: the windows of a stack come by the thousand."""

import os
import threading
from pathlib import Path
from typing import Any

from brainseek.catalog.core.errors import BrainseekError

_open = threading.local()


def opened(path: Path) -> tuple[Any, tuple[Any, ...]]:
    """Open a TIFF, or go on with the one that this thread opened last.

    Returns
    -------
    (tifffile.TiffFile, tuple)
        The file, and a key that changes when the file does.

    Raises
    ------
    BrainseekError
        When it holds no image.
    """
    import tifffile

    status = os.stat(path)
    stamp = (str(path.absolute()), status.st_mtime_ns, status.st_size, status.st_ino)
    if getattr(_open, "stamp", None) != stamp:
        last = getattr(_open, "file", None)
        _open.stamp = _open.file = None
        if last is not None:
            last.tif.close()
        _open.file = _OpenFile(tifffile.TiffFile(path))
        _open.stamp = stamp
    if not _open.file.tif.series:
        raise BrainseekError(f"{path.name} holds no image; export it again.")
    return _open.file.tif, stamp


class _OpenFile:
    """An open TIFF that is closed when its thread ends."""

    def __init__(self, tif: Any) -> None:
        self.tif = tif

    def __del__(self) -> None:
        self.tif.close()
