"""Measured anatomy of BigBrain's cortex: layers, staining profiles and cells.

The layers belong to vertices, the profiles to parcels, and the cells to one cortical patch.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.datasets.store import dataset_path

DATA_SET = "bigbrain-surface"
LAYERS = 6
WHITE_GREY_VALUE = 65535.0
"""Grey value of BigBrain without any stain; its darkness is 0."""
DEPTHS = 50
"""Depths of a staining profile, from pia to white matter."""
FEATURES = LAYERS + 1 + DEPTHS
"""Length of a vector of `laminar_vectors`."""
UNIT_UM = 5000.0
"""Thickness of the cortex that is written as 1 there."""


@dataclass(frozen=True, eq=False)
class CortexTissue:
    """Measured anatomy behind the pictures. Load it with `load_cortex_tissue`.

    Attributes
    ----------
    thickness_um : ndarray, (n, 6), float64
        Thickness of layers 1 to 6 at every vertex, left then right hemisphere; 0 on the medial
        wall.
    parcel : ndarray, (n,), int64
        Column of ``darkness`` of every vertex, -1 where it belongs to no parcel.
    darkness : ndarray, (depths, parcels), float64
        Stain at equal steps from pia to white matter, from 0 (none) to 1 (black).
    areas_um2 : tuple of 7 ndarrays
        Areas of the segmented cells of layers 1 to 6 and of the white matter below.
    per_mm2 : ndarray, (7,), float64
        How many of these cells there are in a mm² of section.
    """

    thickness_um: NDArray[np.float64]
    parcel: NDArray[np.int64]
    darkness: NDArray[np.float64]
    areas_um2: tuple[NDArray[np.float64], ...]
    per_mm2: NDArray[np.float64]

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Vertices (n,) that have both layers and a profile."""
        return np.asarray((self.thickness_um.sum(1) > 0) & (self.parcel >= 0))

    @cached_property
    def coverage(self) -> NDArray[np.float64]:
        """Share of the section that cells cover in layers 1 to 6 and below, (7,)."""
        return self.per_mm2 * 1e-6 * np.array([areas.mean() for areas in self.areas_um2])


def load_cortex_tissue(path: Path | str | None = None) -> CortexTissue:
    """Read the anatomy from the data set ``bigbrain-surface`` (or from its folder ``path``)."""
    folder = dataset_path(DATA_SET, path)
    with np.load(folder / "bigbrain_10k_compact.npz") as data:
        thickness = np.concatenate([data[f"{side}_layer_thickness_mm"] for side in "LR"])
        left, right = (data[f"{side}_schaefer400"].astype(np.int64) for side in "LR")
        profiles = data["schaefer400_profiles_50x400"].astype(np.float64)
    half = profiles.shape[1] // 2
    parcel = np.concatenate([left - 1, np.where(right > 0, right - 1 + half, -1)])
    areas, per_mm2 = _cells_by_layer(np.loadtxt(folder / "segments.txt"))
    return CortexTissue(
        thickness.astype(np.float64) * 1000.0,
        parcel,
        1.0 - profiles / WHITE_GREY_VALUE,
        areas,
        per_mm2,
    )


def laminar_vectors(tissue: CortexTissue) -> NDArray[np.float32]:
    """Return layers and staining of every vertex, (n, 57), all within 0 and 1.

    Columns 0 to 5 are the shares of the six layers in the thickness, column 6 is the thickness
    in units of 5 mm; both belong to the vertex. Columns 7 to 56 are the stain at 50 depths,
    from 0 (none) to 1 (black), of the vertex's parcel: all vertices of a parcel share them.
    Vertices that are not usable have zeros.
    """
    total = tissue.thickness_um.sum(1)
    vectors = np.zeros((len(total), FEATURES), np.float32)
    own = tissue.usable
    vectors[own, :LAYERS] = tissue.thickness_um[own] / total[own, None]
    vectors[own, LAYERS] = total[own] / UNIT_UM
    vectors[own, LAYERS + 1 :] = tissue.darkness[:, tissue.parcel[own]].T
    return vectors


def _cells_by_layer(
    cells: NDArray[np.float64],
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]:
    """Areas and numbers per mm² from rows of x, y (µm), area (µm²), layer 1 to 7, label."""
    depth, layer = cells[:, 1], cells[:, 3].astype(int)
    own = [layer == number for number in range(1, LAYERS + 2)]
    # A border lies halfway between the deepest cell of a layer and the highest of the next.
    borders = [(depth[a].max() + depth[b].min()) / 2 for a, b in pairwise(own)]
    heights = np.diff([0.0, *borders, depth.max()])
    counts = np.array([mask.sum() for mask in own])
    areas = tuple(cells[mask, 2] for mask in own)
    return areas, counts / (heights * np.ptp(cells[:, 0])) * 1e6
