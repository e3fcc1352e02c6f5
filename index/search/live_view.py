"""The rows of a collection as they are at this moment, and the search index that serves them."""

import logging

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.filters.filter import Filter, parse_filter
from brainseek.index.search.view import View, make_view
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import ENCODER_KEY
from brainseek.index.vector_cache.build import build_cache
from brainseek.index.vector_cache.cache import cache_place
from brainseek.index.vector_cache.load import load_cache

FEWEST_CHANGES, MOST_CHANGES = 10_000, 100_000
"""A search index is made anew when a tenth of its rows changed, within these bounds."""

_REMEMBERED = 8
_log = logging.getLogger("brainseek.index")


class LiveView:
    """Follows a table: every call of :meth:`view` sees the newest commit. Threads may share it.

    Parameters
    ----------
    table : RowTable
    """

    def __init__(self, table: RowTable) -> None:
        self.table = table
        self._view: View | None = None
        self._allowed: dict[tuple[int, str], NDArray[np.int64]] = {}

    def view(self) -> View:
        """Return the newest rows; make the search index when there is none or it is too old."""
        with self.table.lock:
            return self._newest()

    def _newest(self) -> View:
        version = self.table.refresh()
        if self._view is not None and self._view.version == version:
            return self._view
        self._allowed.clear()
        if self._view is not None:
            cache = self._view.cache
        else:
            encoder = self.table.schema.metadata[ENCODER_KEY].decode()
            loaded, why = load_cache(cache_place(self.table), encoder)
            if loaded is None:
                if "damaged" in why:
                    _log.warning("the search index of %s is made again: %s", self.table.uri, why)
                return self.build()
            cache = loaded
        view = make_view(self.table, cache)
        limit = np.clip(0.1 * len(cache.exact), FEWEST_CHANGES, MOST_CHANGES)
        if view.changes > limit and not self.table.pinned:
            try:
                return self.build()
            except BrainseekError as error:
                _log.warning("%s The former index and its changes are searched.", error)
        self._view = view
        return view

    def build(self) -> View:
        """Make the search index of the present version.

        Raises
        ------
        BrainseekError
            It can't be written; the rows and the former index are intact.
        """
        place = cache_place(self.table)
        with self.table.lock:
            self.table.refresh()
            try:
                cache = build_cache(self.table, place)
            except OSError as error:
                raise BrainseekError(
                    f"the search index can't be written to {place} ({error.strerror or error}); "
                    "free some space or set BRAINSEEK_CACHE to another folder. The rows are safe."
                ) from error
            self._allowed.clear()
            self._view = make_view(self.table, cache)
            return self._view

    def condition(self, where: str) -> Filter:
        """Check a condition on the columns of the table."""
        return parse_filter(where, self.table.schema)

    def allowed(self, view: View, where: str | None) -> NDArray[np.int64] | None:
        """Return the rows that fulfil a condition; the last few conditions are remembered."""
        if where is None:
            return None
        condition = self.condition(where)
        key = (view.version, condition.sql)
        with self.table.lock:
            if key not in self._allowed:
                if len(self._allowed) >= _REMEMBERED:
                    self._allowed.pop(next(iter(self._allowed)))
                self._allowed[key] = view.numbers(condition)
            return self._allowed[key]
