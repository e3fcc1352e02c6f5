"""The data on which cortical places are learned: a surface and the pictures of its vertices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.cortex_patches import CortexPatches, PatchFrame
from catalog.errors import BrainseekError
from catalog.surface import Surface
from catalog.surfaces import load_surface
from catalog.volume import Volume
from trainers.cortex_sources import PatchSource, RenderedPatches, VolumePatches

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
    """

    name: str
    surface: Surface
    source: PatchSource
    remark: str


def cortex_data(name: str, side_px: int, pixel_um: float, turn_deg: float = 180.0) -> CortexData:
    """Open the data of a name.

    Parameters
    ----------
    name : str
        One of `CORTEX_DATA`.
    side_px : int
        Side of the pictures in pixels.
    pixel_um : float
        Side of a pixel in µm.
    turn_deg : float
        Largest turn about the normal of patches of a volume.

    Raises
    ------
    BrainseekError
        When the name is unknown or the files are missing.
    """
    if name not in CORTEX_DATA:
        raise BrainseekError(
            f"cortical data {name!r} are not known; choose one of {', '.join(CORTEX_DATA)}."
        )
    return CORTEX_DATA[name](side_px, pixel_um, turn_deg)


def _of_volume(surface: str, volume: Callable[[], Volume], name: str, remark: str) -> CortexMaker:
    def make(side_px: int, pixel_um: float, turn_deg: float) -> CortexData:
        mesh = load_surface(surface)
        frame = PatchFrame(side_px, side_px, pixel_um, OUTSIDE * side_px * pixel_um)
        return CortexData(
            name, mesh, VolumePatches(CortexPatches(volume(), mesh, frame), turn_deg), remark
        )

    return make


def _mni152() -> Volume:
    from catalog.atlas import load_atlas

    volume = load_atlas("mni152").volume
    assert volume is not None
    return volume


def _colin27() -> Volume:
    from catalog.atlases.nifti_volume import nifti_volume
    from catalog.store import locate

    return nifti_volume(locate("colin27") / "single_subj_T1.nii", ("x", "y", "z"))


def _rendered(side_px: int, pixel_um: float, turn_deg: float) -> CortexData:
    from catalog.cortex_render import SIMULATED, CortexRenderer, RenderSettings
    from catalog.cortex_tissue import load_cortex_tissue

    settings = RenderSettings(size=side_px, pixel_um=pixel_um)
    renderer = CortexRenderer(load_cortex_tissue(), settings)
    surface = load_surface("bigbrain-10k")
    return CortexData("bigbrain-rendered", surface, RenderedPatches(renderer), SIMULATED)


CortexMaker = Callable[[int, float, float], CortexData]

CORTEX_DATA: dict[str, CortexMaker] = {
    "t1-mni152": _of_volume(
        "fsaverage5",
        _mni152,
        "t1-mni152",
        "T1 average of 152 people, made symmetric: the right hemisphere mirrors the left one",
    ),
    "t1-colin27": _of_volume(
        "colin27-20484", _colin27, "t1-colin27", "T1 of one person at 2 mm, canonical mesh"
    ),
    "bigbrain-rendered": _rendered,
}
"""Names of data and what opens them for a side in pixels, a pixel size in µm and a turn."""
