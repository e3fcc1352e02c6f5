"""Distances along a cortical surface, a row at a time."""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.geodesic_engines import ENGINES, Engine
from brainseek.catalog.surfaces.mesh import part_mesh
from brainseek.catalog.surfaces.surface import Surface

Method = Literal["heat", "exact", "graph"]

_log = logging.getLogger("brainseek.catalog")


class Geodesics:
    """Distances between vertices along a surface, never across hemispheres.

    A distance is computed from one source to all vertices of its connected part. Such rows are
    kept up to a limit of memory and the least recently used are dropped; there is no matrix of
    all pairs. What a method needs besides (a factorised matrix) is made once for each part when
    it is first asked for.

    Parameters
    ----------
    surface : Surface
    method : {"heat", "exact", "graph"}
        ``heat``: heat method (Crane et al. 2013, doi 10.1145/2516971.2516977) with a robust
        Laplacian (Sharp and Crane 2020, doi 10.1111/cgf.14069); fast, on a coarse mesh a few
        percent off, and not quite symmetric. ``exact``: exact on the triangles (Mitchell et al.
        1987, doi 10.1137/0216045); slow. ``graph``: shortest path along edges, never shorter than
        the exact distance; needs no package, and a warning in the log says that it is used.
    cache_mb : float
        Most memory of the rows that are kept, in 10⁶ bytes; 0 keeps none.

    Attributes
    ----------
    method_used : str
        The method behind every number, always the one that was asked for.
    remark : str
        One sentence about its accuracy.
    held_bytes : int
        Memory of the rows that are kept now.

    Raises
    ------
    BrainseekError
        When the method is unknown, its package is not installed, or the mesh is not for it.
    """

    def __init__(self, surface: Surface, method: Method = "heat", cache_mb: float = 256.0) -> None:
        if method not in ENGINES:
            raise BrainseekError(
                f"method {method!r} is not known; choose {', '.join(get_args(Method))}."
            )
        if not 0 <= cache_mb < float("inf"):
            raise BrainseekError(f"cache_mb is {cache_mb}; give a number of megabytes from 0.")
        self.surface = surface
        self.method_used: str = method
        self._engine_of = ENGINES[method]
        self._engine_of.check(surface)
        self.remark = self._engine_of.remark
        self._engines: dict[int, Engine] = {}
        self._members: dict[int, NDArray[np.int64]] = {}
        self._limit = int(cache_mb * 1e6)
        self._rows: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        self.held_bytes = 0
        if method == "graph":
            _log.warning("%s: %s", surface.name, self.remark)

    def rows(self, sources: ArrayLike) -> NDArray[np.float32]:
        """Return the distances from some vertices (k,) to all, (k, n) in µm.

        They are ``inf`` to the other hemisphere and to other components.

        Raises
        ------
        BrainseekError
            When a source is no vertex of the surface.
        """
        wanted = self._vertices(sources)
        found = np.full((len(wanted), len(self.surface)), np.inf, np.float32)
        for places, row, members in self._each(wanted):
            found[np.ix_(places, members)] = row
        return found

    def between(self, first: ArrayLike, second: ArrayLike) -> NDArray[np.float32]:
        """Return the distances between vertices (k,) and (l,), (k, l) in µm; errors as in `rows`.

        They are computed from the vertices of ``first``, and ``inf`` across hemispheres and
        components. No more than one row that is not kept is in memory at a time.
        """
        wanted, targets = self._vertices(first), self._vertices(second)
        found = np.full((len(wanted), len(targets)), np.inf, np.float32)
        part = self.surface.parts
        for places, row, members in self._each(wanted):
            near = np.flatnonzero(part[targets] == part[members[0]])
            found[np.ix_(places, near)] = row[np.searchsorted(members, targets[near])]
        return found

    def _each(
        self, wanted: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]]:
        """Walk through different sources: their places in the list, row, and its vertices."""
        for source in np.unique(wanted):
            members = self._members_of(int(self.surface.parts[source]))
            yield np.flatnonzero(wanted == source), self._row(int(source)), members

    def _row(self, source: int) -> NDArray[np.float32]:
        """Return the distances from a vertex to its part, in the order of the part's vertices."""
        if source in self._rows:
            self._rows.move_to_end(source)
            return self._rows[source]
        part = int(self.surface.parts[source])
        members = self._members_of(part)
        if part not in self._engines:
            vertices, faces = part_mesh(self.surface.vertices_um, self.surface.faces, members)
            self._engines[part] = self._engine_of(vertices / 1000.0, faces)
        place = int(np.searchsorted(members, source))
        distance = 1000.0 * np.asarray(self._engines[part].distances(place), np.float64)
        if not np.isfinite(distance).all():
            raise BrainseekError(
                f"{self.method_used} gives no distance from vertex {source} of "
                f"{self.surface.name} to {int((~np.isfinite(distance)).sum())} vertices that are "
                'connected to it; repair the mesh there or use method="graph".'
            )
        distance[place] = 0.0
        row = np.maximum(distance, 0.0).astype(np.float32)
        self._keep(source, row)
        return row

    def _keep(self, source: int, row: NDArray[np.float32]) -> None:
        """Put a row into the cache and drop the least recently used beyond the limit."""
        row.flags.writeable = False
        if row.nbytes > self._limit:
            return
        self._rows[source] = row
        self.held_bytes += row.nbytes
        while self.held_bytes > self._limit:
            _, dropped = self._rows.popitem(last=False)
            self.held_bytes -= dropped.nbytes

    def _members_of(self, part: int) -> NDArray[np.int64]:
        """Return the vertices of a part, rising."""
        if part not in self._members:
            self._members[part] = np.flatnonzero(self.surface.parts == part)
        return self._members[part]

    def _vertices(self, numbers: ArrayLike) -> NDArray[np.int64]:
        given = np.asarray(numbers)
        n = len(self.surface)
        if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
            raise BrainseekError(
                f"vertices of shape {given.shape} and {given.dtype} can't be looked up; give a "
                "list of whole numbers."
            )
        outside = given[(given < 0) | (given >= n)]
        if len(outside):
            raise BrainseekError(
                f"{self.surface.name} has no vertex {outside[0]}; its vertices are 0 to {n - 1}."
            )
        return given.astype(np.int64)
