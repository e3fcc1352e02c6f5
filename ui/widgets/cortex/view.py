"""A cortex seen from several sides in one picture: which vertex each pixel shows, and colours."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.surfaces.surface import Surface
from brainseek.registration.cortex.shape import CortexShape
from brainseek.ui.widgets.cortex.raster import EMPTY, Raster, rasterise
from brainseek.ui.widgets.cortex.sides import FOUR, Tile, ViewSide, tiles

MARGIN, TITLE = 14, 24
"""Pixels around each view, and above it for its title."""
GAP_UM = 6000.0
"""Between the hemispheres where both are seen."""
NO_VERTEX = -1
SEEN_UM = 2500.0
"""How far behind the front a vertex may lie and still be marked as seen."""

_LIGHT = np.array([0.30, -0.25, 0.92])
"""Where the light comes from: up, left and towards the eye."""
_DARKEST = 0.38


class Spot(NamedTuple):
    """Where a vertex lies in the picture."""

    row: float
    column: float
    hidden: bool


class Pixels(NamedTuple):
    """The pixels that show cortex, in the order of the picture's views.

    Attributes
    ----------
    place : ndarray of int64, (p,)
        Row times width of the picture plus column.
    corners : ndarray of int32, (p, 3)
        Vertices of the triangle in front.
    weights : ndarray of float32, (p, 3)
        How near the pixel lies to each of them.
    shade : ndarray of float32, (p,)
        How bright the light makes it.
    """

    place: NDArray[np.int64]
    corners: NDArray[np.int32]
    weights: NDArray[np.float32]
    shade: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CortexView:
    """A picture of a cortex of which only the colours change.

    Attributes
    ----------
    looks : tuple of ViewSide
    places : tuple of Tile
        Where each view lies in the picture.
    vertex : ndarray of int32, (height, width)
        The vertex that a pixel shows, the nearest corner of the triangle in front; `NO_VERTEX`
        beside the cortex.
    spots : ndarray of float64, (looks, n, 2)
        Row and column of every vertex in every view; NaN where a view leaves it out.
    behind_um : ndarray of float64, (looks, n)
        How far behind what the picture shows there a vertex lies; 0 for vertices that a pixel
        shows, NaN where a view leaves them out.
    pixels : Pixels
    """

    looks: tuple[ViewSide, ...]
    places: tuple[Tile, ...]
    vertex: NDArray[np.int32]
    spots: NDArray[np.float64]
    behind_um: NDArray[np.float64]
    pixels: Pixels

    def paint(self, colours: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the picture (height, width, 4), transparent beside the cortex.

        Parameters
        ----------
        colours : ndarray of float32, (n, 3)
            Red, green and blue of every vertex from 0 to 1; they are interpolated and shaded.
        """
        height, width = self.vertex.shape
        mixed = np.zeros((len(self.pixels.place), 3), np.float32)
        for corner in range(3):
            share = self.pixels.weights[:, corner, None]
            mixed += colours[self.pixels.corners[:, corner]] * share
        mixed *= self.pixels.shade[:, None]
        picture = np.zeros((height * width, 4), np.uint8)
        picture[self.pixels.place, :3] = np.clip(mixed * 255 + 0.5, 0, 255)
        picture[self.pixels.place, 3] = 255
        return picture.reshape(height, width, 4)

    def vertex_at(self, row: float, column: float) -> int | None:
        """Return the vertex that a place of the picture shows, None beside the cortex."""
        height, width = self.vertex.shape
        if not (0 <= row < height and 0 <= column < width):
            return None
        found = int(self.vertex[int(row), int(column)])
        return None if found == NO_VERTEX else found

    def spots_of(self, vertex: int) -> list[Spot]:
        """Return where a vertex is seen; if it is hidden everywhere, where it lies least deep."""
        behind = self.behind_um[:, vertex]
        views = np.flatnonzero(behind <= SEEN_UM)
        hidden = not len(views)
        if hidden:
            views = np.array([int(np.nanargmin(behind))])
        return [
            Spot(float(row), float(column), hidden)
            for row, column in self.spots[views, vertex].tolist()
        ]


def cortex_view(
    surface: Surface, shape: CortexShape, looks: tuple[ViewSide, ...] = FOUR, scale: float = 1.0
) -> CortexView:
    """Project a cortex.

    Parameters
    ----------
    surface : Surface
        Its triangles and hemispheres.
    shape : CortexShape
        Of this surface.
    looks : tuple of ViewSide
    scale : float
        Of the picture; 1 makes a view `brainseek.ui.widgets.cortex.sides.TILE_HEIGHT` pixels high.

    Returns
    -------
    CortexView
    """
    places, size = tiles(looks, scale)
    n = len(surface)
    vertex = np.full(size, NO_VERTEX, np.int32)
    spots = np.full((len(looks), n, 2), np.nan)
    behind_um = np.full((len(looks), n), np.nan)
    parts = []
    for number, (look, tile) in enumerate(zip(looks, places, strict=True)):
        here = np.ones(n, bool) if look.side is None else surface.hemisphere == look.side
        faces = surface.faces[here[surface.faces[:, 0]]]
        points, um = _projected(surface, shape, look, here, tile, scale)
        raster = rasterise(points, faces, tile.height, tile.width)
        row, column = np.nonzero(raster.face != EMPTY)
        corners, weights = faces[raster.face[row, column]], raster.weights[row, column]
        nearest = np.take_along_axis(corners, weights.argmax(axis=1)[:, None], axis=1)[:, 0]
        vertex[row + tile.top, column + tile.left] = nearest
        spots[number, here] = points[here, :2] + (tile.top, tile.left)
        behind_um[number, here] = um * _behind(points[here], points, raster, faces)
        behind_um[number, nearest] = 0.0
        normals = shape.normals @ look.axes.T
        place = (row + tile.top) * size[1] + column + tile.left
        parts.append(Pixels(place, corners, weights, _shade(normals, corners, weights)))
    pixels = Pixels(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    return CortexView(looks, tuple(places), vertex, spots, behind_um, pixels)


def _projected(
    surface: Surface,
    shape: CortexShape,
    look: ViewSide,
    here: NDArray[np.bool_],
    tile: Tile,
    scale: float,
) -> tuple[NDArray[np.float64], float]:
    """Return row, column and nearness in pixels of the tile, (n, 3), and µm of a pixel."""
    points = shape.vertices_um
    if look.side is None:
        points = _apart(surface, points)
    seen = points @ look.axes.T
    low, high = seen[here].min(axis=0), seen[here].max(axis=0)
    above, margin = TITLE * scale, MARGIN * scale
    room = np.array([tile.height - above, tile.width]) - 2 * margin
    um = float(np.max((high - low)[:2] / room))
    middle = (low + high) / 2
    row = (tile.height - 1 + above) / 2 - (seen[:, 0] - middle[0]) / um
    column = (tile.width - 1) / 2 + (seen[:, 1] - middle[1]) / um
    return np.stack([row, column, seen[:, 2] / um], axis=1), um


def _apart(surface: Surface, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the hemispheres moved sideways so that they do not meet."""
    moved = points.copy()
    for side, sign in ((0, -1.0), (1, 1.0)):
        here = surface.hemisphere == side
        if here.any():
            moved[here, 0] += sign * (GAP_UM / 2 - (sign * points[here, 0]).min())
    return moved


def _behind(
    spots: NDArray[np.float64],
    points: NDArray[np.float64],
    raster: Raster,
    faces: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return by how many pixels spots lie behind what their pixel shows; 0 if it shows nothing."""
    height, width = raster.face.shape
    place = np.rint(spots[:, :2]).astype(np.int64)
    row, column = np.clip(place, 0, (height - 1, width - 1)).T
    face = raster.face[row, column]
    front = (points[faces[face], 2] * raster.weights[row, column]).sum(axis=1)
    return np.where(face == EMPTY, 0.0, np.maximum(front - spots[:, 2], 0.0))


def _shade(
    normals: NDArray[np.float64], corners: NDArray[np.int32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how bright each pixel is, from `_DARKEST` to 1; normals are up, right, to the eye."""
    light = _LIGHT / np.linalg.norm(_LIGHT)
    bright = np.clip(normals @ light, 0, 1).astype(np.float32)
    mixed = (bright[corners] * weights).sum(axis=1)
    return (_DARKEST + (1 - _DARKEST) * mixed).astype(np.float32)
