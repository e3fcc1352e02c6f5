"""Simulated cortex: cell-stained patches drawn from measured anatomy of BigBrain.

Real are, at every vertex, the thickness of its six layers; for every parcel, its staining profile
from pia to white matter; and of one cortical patch, the number and area of the segmented cells of
each layer. Simulated is the texture: where cells lie, their round shape, the even stain between
them, and the noise.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.measured_tissue import CortexTissue

SIMULATED = "simulated image texture on real anatomy (BigBrain layers, profiles and cell sizes)"
"""What every table of results on these pictures must say."""

KNOTS = 5
"""Points through which the bent pia runs."""
SMALLEST = 0.75
"""Smallest radius in pixels that is drawn as a disc."""


@dataclass(frozen=True)
class RenderSettings:
    """Size and look of the pictures.

    Attributes
    ----------
    size : int
        Side in pixels.
    pixel_um : float
        Side of a pixel in µm: 2048 pixels of 2 µm, or 256 of 16 µm, show a whole cortex.
    outside_um : float
        How far outside the pia the upper edge lies, in µm.
    bend_um : float
        Spread of the height of the pia along the columns, in µm; 0 makes layers straight.
    cell_darkness : float
        How much darker a cell is than the stain around it.
    blur : float
        Width over which the measured profiles are blurred, as a share of the cortex: they are
        means over a parcel, so that part of the cells' stain is already in them.
    noise : float
        Standard deviation of the grey of single pixels (1: from black to white).
    """

    size: int = 256
    pixel_um: float = 16.0
    outside_um: float = 150.0
    bend_um: float = 40.0
    cell_darkness: float = 0.5
    blur: float = 0.06
    noise: float = 0.015

    def __post_init__(self) -> None:
        """Refuse pictures without pixels."""
        if self.size < 1:
            raise BrainseekError(f"a picture of {self.size} pixels can't be drawn; give 1 or more.")
        if not (math.isfinite(self.pixel_um) and self.pixel_um > 0):
            raise BrainseekError(f"pixel size {self.pixel_um} must be a positive number of µm.")


@dataclass(frozen=True, eq=False)
class RenderedPatch:
    """A simulated patch.

    Attributes
    ----------
    image : ndarray, (size, size), uint8
        Bright background, dark cells; rows run from outside the pia into the white matter.
    rows, columns : ndarray, (cells,), float64
        Centres of the cells in pixels (0 is the centre of the first pixel).
    areas_um2 : ndarray, (cells,), float64
    layers : ndarray, (cells,), int64
        1 to 6, or 7 in the white matter.
    """

    image: NDArray[np.uint8]
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    areas_um2: NDArray[np.float64]
    layers: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CortexRenderer:
    """Draws patches; equal vertices and equal random states give equal pictures.

    At depth z the mean darkness is ``D(z) + c (a(z) - b(z))``: D the measured profile of the
    parcel stretched over the thickness of the vertex, c ``cell_darkness``, a the area share of
    cells of the layer at z scaled by how dark the parcel is against the mean of all, and b this
    share blurred along the depth. So borders between layers stay sharp and the stain keeps its
    measured level.
    """

    tissue: CortexTissue
    settings: RenderSettings = field(default_factory=RenderSettings)

    def __call__(self, vertex: int, rng: np.random.Generator) -> RenderedPatch:
        """Draw one patch of the cortex at a vertex (index over both hemispheres).

        Raises
        ------
        BrainseekError
            If there is no such vertex, or it has no layers or profile (medial wall).
        """
        settings, pixel = self.settings, self.settings.pixel_um
        bend = self._bend(rng)
        height = settings.size * pixel
        top = -settings.outside_um - bend.max()
        step = pixel / 4
        depth = np.arange(top, height - settings.outside_um - bend.min() + step, step)
        layer, stain, share = self.profile(vertex, depth)
        cells = self._cells(depth, layer, share, bend, rng)
        place = np.arange(settings.size)[:, None] * pixel + pixel / 2 - settings.outside_um - bend
        paper = stain.take(np.rint((place - top) / step).astype(np.int32))
        dark = paper + settings.cell_darkness * self._cover(*cells[:3])
        dark += settings.noise * rng.standard_normal(dark.shape, dtype=np.float32)
        image = np.clip(255.0 * (1.0 - dark) + 0.5, 0, 255).astype(np.uint8)
        return RenderedPatch(image, *cells)

    def profile(
        self, vertex: int, depth_um: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return layer, stain between cells and area share of cells at depths below the pia.

        Parameters
        ----------
        vertex : int
        depth_um : ndarray, (n,)
            In µm, evenly spaced and rising.

        Returns
        -------
        layer : ndarray, (n,), int64
            1 to 6, 7 in the white matter, 0 outside the pia.
        stain, share : ndarray, (n,), float64
            From 0 to 1; both 0 outside.
        """
        from scipy.ndimage import gaussian_filter1d

        tissue = self.tissue
        if not 0 <= vertex < len(tissue.usable) or not tissue.usable[vertex]:
            raise BrainseekError(
                f"vertex {vertex} has no layers and staining profile; choose one of the "
                f"{int(tissue.usable.sum())} of {len(tissue.usable)} that have both."
            )
        borders = np.cumsum(tissue.thickness_um[vertex])
        layer = np.where(depth_um < 0, 0, 1 + np.searchsorted(borders, depth_um, side="right"))
        inside = layer > 0
        relative = np.linspace(0.0, borders[-1], len(tissue.darkness))
        own = tissue.darkness[:, tissue.parcel[vertex]]
        dark = np.interp(depth_um, relative, own)
        usual = np.interp(depth_um, relative, self._mean_darkness)
        share = np.where(inside, np.append(0.0, tissue.coverage)[layer] * dark / usual, 0.0)
        width = self.settings.blur * borders[-1] / (depth_um[1] - depth_um[0])
        # Nothing outside the pia takes part in the blur: it starts at the first depth inside.
        blurred = np.zeros_like(share)
        blurred[inside] = gaussian_filter1d(share[inside], width, mode="nearest")
        stain = np.where(inside, dark - self.settings.cell_darkness * blurred, 0.0)
        return layer, stain, share

    @cached_property
    def _mean_darkness(self) -> NDArray[np.float64]:
        return self.tissue.darkness.mean(1)

    def _bend(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Smooth height of the pia at every column in µm, (size,), without its mean."""
        return self.settings.bend_um * self._bends @ rng.standard_normal(KNOTS)

    @cached_property
    def _bends(self) -> NDArray[np.float64]:
        """Cubic splines through 1 at one knot and 0 at the others, without mean, (size, knots)."""
        from scipy.interpolate import CubicSpline

        place = np.linspace(0.0, KNOTS - 1.0, self.settings.size)
        splines = CubicSpline(np.arange(KNOTS), np.eye(KNOTS))(place)
        return np.asarray(splines - splines.mean(0))

    def _cells(
        self,
        depth: NDArray[np.float64],
        layer: NDArray[np.int64],
        share: NDArray[np.float64],
        bend: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Rows, columns (pixels), areas (µm²) and layers of the cells of one picture.

        They are a Poisson process whose density is the area share over the mean area of a cell.
        """
        settings, tissue = self.settings, self.tissue
        mean_area = np.append(1.0, [areas.mean() for areas in tissue.areas_um2])[layer]
        step, width = depth[1] - depth[0], settings.size * settings.pixel_um
        counts = rng.poisson(share / mean_area * step * width)
        own = np.repeat(layer, counts)
        place = np.repeat(depth, counts) + step * (rng.random(len(own)) - 0.5)
        columns = settings.size * rng.random(len(own)) - 0.5
        pia = bend[np.clip(np.rint(columns).astype(int), 0, settings.size - 1)]
        rows = (place + settings.outside_um + pia) / settings.pixel_um - 0.5
        # Depths rise and layers with them, so the cells of a layer follow each other.
        numbers = np.bincount(own, minlength=len(tissue.areas_um2) + 1)[1:]
        drawn = zip(tissue.areas_um2, numbers, strict=True)
        areas = np.concatenate([known[rng.integers(0, len(known), n)] for known, n in drawn])
        seen = (rows > -0.5) & (rows < settings.size - 0.5)
        return rows[seen], columns[seen], areas[seen], own[seen]

    def _cover(
        self, rows: NDArray[np.float64], columns: NDArray[np.float64], areas: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Share of every pixel that cells cover, (size, size); each cell is a disc of its area.

        The area of a cell that is too small for that is divided among the four nearest pixels.
        """
        size = self.settings.size
        areas = areas / self.settings.pixel_um**2
        radius = np.sqrt(areas / math.pi)
        reach = np.where(radius < SMALLEST, 0, np.ceil(radius)).astype(np.int64)
        border = int(reach.max(initial=0)) + 1
        stride = size + 2 * border
        total = np.zeros(stride * stride)
        for k in np.flatnonzero(np.bincount(reach)):
            group = reach == k
            own = (rows[group] + border, columns[group] + border, areas[group])
            for where, share in _discs(*own, int(k), stride) if k else _points(*own, stride):
                total += np.bincount(where, share, len(total))
        inside = slice(border, border + size)
        return total.reshape(stride, stride)[inside, inside].astype(np.float32)


Shares = Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]


def _points(
    rows: NDArray[np.float64], columns: NDArray[np.float64], areas: NDArray[np.float64], stride: int
) -> Shares:
    """Flat pixels and what of each area falls on them, divided among the four nearest ones."""
    row, column = np.floor(rows), np.floor(columns)
    down, right = rows - row, columns - column
    where = (row * stride + column).astype(np.int64)
    lower = areas * down
    upper = areas - lower
    for share, at in ((upper, where), (lower, where + stride)):
        beside = share * right
        yield at, share - beside
        yield at + 1, beside


def _discs(
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    areas: NDArray[np.float64],
    reach: int,
    stride: int,
) -> Shares:
    """Flat pixels and what of each area falls on them, spread over discs of ``reach`` pixels."""
    row, column = np.rint(rows).astype(np.int64), np.rint(columns).astype(np.int64)
    offsets = np.arange(-reach, reach + 1)
    down, right = (row - rows)[:, None] + offsets, (column - columns)[:, None] + offsets
    distance = np.sqrt(down[:, :, None] ** 2 + right[:, None, :] ** 2)
    radius = np.sqrt(areas / math.pi)
    disc = np.clip(radius[:, None, None] + 0.5 - distance, 0.0, 1.0)
    disc *= (areas / disc.sum((1, 2)))[:, None, None]
    where = (row * stride + column)[:, None, None] + offsets[:, None] * stride + offsets
    yield where.ravel(), disc.ravel()
