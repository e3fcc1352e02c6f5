"""The data on which cortical places are learned: a surface and the pictures of its vertices."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.measured_tissue import CortexTissue, load_cortex_tissue
from brainseek.catalog.cortex.patches import CortexPatches, PatchFrame
from brainseek.catalog.cortex.simulated_histology import (
    SIMULATED,
    CortexRenderer,
    RenderSettings,
)
from brainseek.catalog.cortex.t1_volumes import (
    CortexVolume,
    cortex_volume_names,
    load_cortex_volume,
)
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.surface import Side, Surface
from brainseek.trainers.augmentations.patch import PatchAugmentation
from brainseek.trainers.augmentations.profile import ProfileAugmentation
from brainseek.trainers.cortex.sources import (
    PatchSource,
    Pictures,
    ProfileVectors,
    RenderedPatches,
    VolumePatches,
)
from brainseek.trainers.recipe import CortexSettings

OUTSIDE = 0.3
"""Share of a patch of a volume that lies outside the vertex."""


@dataclass(frozen=True, eq=False)
class CortexData:
    """A surface with pictures.

    Attributes
    ----------
    name : str
    surface : Surface
    source : PatchSource
    remark : str
        What the pictures are, for tables.
    augmentation : type
        What changes the pictures in training; the recipe holds its settings.
    """

    name: str
    surface: Surface
    source: PatchSource
    remark: str
    augmentation: type[PatchAugmentation] | type[ProfileAugmentation] = PatchAugmentation

    def sample(self, side: Side, count: int, seed: int) -> NDArray[np.int64]:
        """Draw different vertices of a hemisphere, evenly by area; fewer where there are fewer."""
        rng = np.random.default_rng(seed)
        drawn = self.surface.sample(4 * count, rng, self.surface.side(side) & self.source.usable)
        _, first = np.unique(drawn, return_index=True)
        return drawn[np.sort(first)][:count]

    def pictures(self, vertices: NDArray[np.int64], seed: int) -> Pictures:
        """One picture of each vertex, stacked along the first axis, the same for the same seed."""
        random = (np.random.default_rng((seed, int(vertex))) for vertex in vertices)
        drawn = [self.source(int(v), rng) for v, rng in zip(vertices, random, strict=True)]
        pictures: Pictures = np.stack(drawn)  # type: ignore[assignment]
        return pictures


def cortex_data(name: str, settings: CortexSettings) -> CortexData:
    """Open the data of a name.

    Parameters
    ----------
    name : str
        One of `CORTEX_DATA`.
    settings : CortexSettings
        What a picture shows; profiles are no pictures and have no pixels.

    Raises
    ------
    BrainseekError
        When the name is unknown or the files are missing.
    """
    if name not in CORTEX_DATA:
        raise BrainseekError(
            f"cortical data {name!r} are not known; choose one of {', '.join(CORTEX_DATA)}."
        )
    return CORTEX_DATA[name](name, settings)


def _of_volume(name: str, settings: CortexSettings) -> CortexData:
    known, side, pixel_um = _volume(name), settings.side_px, settings.pixel_um
    frame = PatchFrame(side, side, pixel_um, OUTSIDE * side * pixel_um)
    patches = CortexPatches(known.volume, known.surface, frame)
    source = VolumePatches(patches, settings.turn_deg, settings.planes)
    return CortexData(name, known.surface, source, known.remark)


def _rendered(name: str, settings: CortexSettings) -> CortexData:
    surface, tissue = _bigbrain(name, settings)
    look = RenderSettings(size=settings.side_px, pixel_um=settings.pixel_um)
    return CortexData(name, surface, RenderedPatches(CortexRenderer(tissue, look)), SIMULATED)


def _profiles(name: str, settings: CortexSettings) -> CortexData:
    surface, tissue = _bigbrain(name, settings)
    return CortexData(name, surface, ProfileVectors(tissue), PROFILES, ProfileAugmentation)


def _bigbrain(name: str, settings: CortexSettings) -> tuple[Surface, CortexTissue]:
    if settings.planes != 1:
        raise BrainseekError(
            f"{name} has 1 plane for every vertex, not {settings.planes}; set cortex.planes to 1."
        )
    return _bigbrain_surface(), load_cortex_tissue()


# One object for all that use it, so that the distances along it are shared too.
_volume: Callable[[str], CortexVolume] = lru_cache(load_cortex_volume)


@lru_cache
def _bigbrain_surface() -> Surface:
    return load_surface("bigbrain-10k")


PROFILES = (
    "real measurements of BigBrain, no pictures: thickness of six layers at every vertex, and the "
    "staining profile of its parcel; the profiles belong to 400 parcels, so all vertices of a "
    "parcel share one and neighbours within a parcel are trivially alike"
)
"""What every table of results on these vectors must say."""

CortexMaker = Callable[[str, CortexSettings], CortexData]

CORTEX_DATA: dict[str, CortexMaker] = {
    **dict.fromkeys(cortex_volume_names(), _of_volume),
    "bigbrain-profiles": _profiles,
    "bigbrain-rendered": _rendered,
}
"""Names of data and what opens them."""
