"""The T1 volumes that this project knows together with a surface in their space."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from brainseek.catalog.atlases.registry import atlas_names, load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.patches import SURFACE_AXES
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.volumes.nifti import nifti_volume
from brainseek.catalog.volumes.volume import Volume

_NIFTI = (".nii", ".nii.gz")


@dataclass(frozen=True, eq=False)
class CortexVolume:
    """A volume and a surface in MNI152 RAS.

    Attributes
    ----------
    name : str
    surface : Surface
    volume : Volume
        Its ``space_axes`` are x, y, z.
    remark : str
        What the volume is, for people.
    """

    name: str
    surface: Surface
    volume: Volume
    remark: str


def cortex_volume_names() -> tuple[str, ...]:
    """Return the names that `load_cortex_volume` knows."""
    return tuple(_KNOWN)


def cortex_volume_remark(name: str) -> str:
    """Return what a known volume is, without opening it."""
    return _entry(name)[2]


def load_cortex_volume(name: str) -> CortexVolume:
    """Open a known volume with its surface.

    Raises
    ------
    BrainseekError
        When the name is unknown or the files are missing.
    """
    surface, volume, remark = _entry(name)
    return CortexVolume(name, load_surface(surface), volume(), remark)


def open_volume(name_or_path: str | Path) -> Volume:
    """Open a volume in human space by name or from a file.

    Parameters
    ----------
    name_or_path : str or path
        One of `cortex_volume_names`, an atlas with a volume in x, y, z such as ``mni152``, or a
        NIfTI file, whose world coordinates become x, y, z in µm.

    Raises
    ------
    BrainseekError
        When it is none of these, is missing or damaged, or lies in another space.
    """
    name = str(name_or_path)
    if name in _KNOWN:
        return _KNOWN[name][1]()
    if name in atlas_names():
        volume = load_atlas(name).volume
        if volume is None or volume.space_axes != SURFACE_AXES:
            raise BrainseekError(
                f"the atlas {name} has no volume in x, y, z to cut patches from; take "
                f"{', '.join(_KNOWN)} or a NIfTI file."
            )
        return volume
    if not name.lower().endswith(_NIFTI):
        raise BrainseekError(
            f"{name!r} is no known volume; give one of {', '.join(_KNOWN)} or a NIfTI file (.nii, "
            ".nii.gz)."
        )
    return nifti_volume(Path(name).expanduser(), SURFACE_AXES)


def _entry(name: str) -> tuple[str, Callable[[], Volume], str]:
    if name not in _KNOWN:
        raise BrainseekError(
            f"no T1 volume {name!r} with a surface is known; choose one of {', '.join(_KNOWN)}."
        )
    return _KNOWN[name]


def _mni152() -> Volume:
    volume = load_atlas("mni152").volume
    assert volume is not None
    return volume


def _nifti(data_set: str, file: str) -> Volume:
    return nifti_volume(dataset_path(data_set) / file, SURFACE_AXES)


_KNOWN: dict[str, tuple[str, Callable[[], Volume], str]] = {
    "t1-mni152": (
        "fsaverage5",
        _mni152,
        "T1 average of 152 people, made symmetric: the right hemisphere mirrors the left one",
    ),
    "t1-icbm2009": (
        "fsaverage5",
        partial(_nifti, "julich-brain", "ICBM2009asym.nii.gz"),
        "T1 average of 152 people, both hemispheres as they are",
    ),
    "t1-colin27": (
        "colin27-20484",
        partial(_nifti, "colin27", "single_subj_T1.nii"),
        "T1 of one person at 2 mm, canonical mesh",
    ),
}
"""Surface, what opens the volume, and what it is."""
