"""Making things in another thread, a bounded number of them ahead of their use."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

_WAIT_S = 0.1
"""How often a thread whose queue is full looks whether it is still needed."""


class Ahead(Generic[Item]):
    """An iterator over items that another thread makes.

    Use it as a context manager, so that the thread ends when the loop is left early.

    Parameters
    ----------
    items : iterable
        Walked through in the other thread. What it raises is raised here.
    size : int
        Items that wait at most.
    """

    def __init__(self, items: Iterable[Item], size: int = 2) -> None:
        self._items = items
        self._ready: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(size)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._make, name="ahead", daemon=True)

    def __enter__(self) -> "Ahead[Item]":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        while (found := self._ready.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found[0]

    def _make(self) -> None:
        end: BaseException | None = None
        try:
            for item in self._items:
                if not self._put((item,)):
                    return
        except BaseException as error:  # handed over to the thread that waits
            end = error
        self._put(end)

    def _put(self, found: tuple[Item] | BaseException | None) -> bool:
        while not self._stop.is_set():
            try:
                self._ready.put(found, timeout=_WAIT_S)
                return True
            except queue.Full:
                continue
        return False
