"""The tiles and strips that were decoded last, for windows that share them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np


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
