"""What is kept for the next windows of a TIFF, which come by the thousand.

The file that a thread opened last stays open, and the tiles and strips that were decoded last stay
in memory.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError

_open = threading.local()


def open_tiff(path: Path) -> tuple[Any, tuple[Any, ...]]:
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


class SegmentCache:
    """Arrays by key, the least used dropped first; safe to share between threads.

    Parameters
    ----------
    max_bytes : int
        How much is kept. An array larger than that is returned but not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.n_bytes = 0
        self._arrays: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """Return the array of a key, made by ``make`` if it is not here. Do not change it."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        made = make()
        with self._lock:
            if key not in self._arrays and made.nbytes <= self.max_bytes:
                self._arrays[key] = made
                self.n_bytes += made.nbytes
                while self.n_bytes > self.max_bytes:
                    self.n_bytes -= self._arrays.popitem(last=False)[1].nbytes
        return made
