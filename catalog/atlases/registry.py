"""All atlases that are known by name, and opening one.

To add one whose plates are cuts of a volume in NIfTI files, copy ``mouse-mri-fvb.yaml``: it needs
no code. To add another, copy `mouse_ccf.py`: a file in this folder with

1. a class `VolumeAtlas` or `Atlas` that takes the folder of its files, or None;
2. what the class itself says (``encoder``, ``orientation``), which is asked for without files;
3. pictures, labels and volumes that are read when they are first asked for;

then write one line into `ATLASES`, and the entry of its files into ``data_manifest.yaml``.
"""

from pathlib import Path

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.brainglobe import brainglobe_atlas
from brainseek.catalog.atlases.mni152 import Mni152
from brainseek.catalog.atlases.mouse_ccf import MouseCcf
from brainseek.catalog.atlases.mouse_nissl import MouseNissl
from brainseek.catalog.atlases.nifti_atlas import nifti_atlas
from brainseek.catalog.atlases.volume_atlas import reoriented
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import ORIENTATIONS

_FOLDER = Path(__file__).parent
ATLASES: dict[str, type[Mni152] | type[MouseNissl] | type[MouseCcf] | Path] = {
    "mni152": Mni152,
    "mouse-nissl": MouseNissl,
    "mouse-ccf": MouseCcf,
    "julich-brain": _FOLDER / "julich-brain.yaml",
    "mouse-mri-fvb": _FOLDER / "mouse-mri-fvb.yaml",
}
"""Known atlases: the class that opens each, or its description."""

_DESCRIPTORS = (".yaml", ".yml")
_BRAINGLOBE = "brainglobe:"


def atlas_names() -> tuple[str, ...]:
    """Return the names that `load_atlas` knows without a file."""
    return tuple(ATLASES)


def split_name(name: str) -> tuple[str, str | None]:
    """Split ``NAME@PLANE`` into the atlas and the plane, None where there is no plane.

    Raises
    ------
    BrainseekError
        When the atlas or the plane is not known.
    """
    base, at, orientation = name.rpartition("@")
    if not at or orientation.endswith(_DESCRIPTORS):
        base, orientation = name, ""
    if base not in ATLASES and not base.endswith(_DESCRIPTORS) and not base.startswith(_BRAINGLOBE):
        raise BrainseekError(
            f"atlas {name!r} is not known; choose one of {', '.join(atlas_names())}, "
            "brainglobe:NAME or the path of an atlas YAML."
        )
    if at and orientation not in ("", *ORIENTATIONS):
        raise BrainseekError(
            f"the plane {orientation!r} of {name!r} is not known; write {base} or "
            f"{', '.join(f'{base}@{plane}' for plane in ORIENTATIONS)}."
        )
    return base, orientation or None


def encoder_named_by(name: str) -> str | None:
    """Return the encoder that an atlas names for finding its plates, without opening its data.

    Raises
    ------
    BrainseekError
        When the atlas is unknown or its description is damaged.
    """
    base, _ = split_name(name)
    known = ATLASES.get(base)
    return load_atlas(name).encoder if known is None or isinstance(known, Path) else known.encoder


def load_atlas(name: str, path: Path | str | None = None) -> Atlas:
    """Open an atlas.

    Parameters
    ----------
    name : str
        One of `atlas_names`, the path of an atlas YAML (see `catalog.atlases.descriptor`), or
        ``brainglobe:NAME`` for a BrainGlobe atlas that is on this machine. Behind it
        ``@coronal``, ``@sagittal`` or ``@horizontal`` may choose the plane of the plates, for
        every atlas whose plates are cuts of its volume.
    path : path, optional
        Folder that holds the atlas' files, instead of the cache or the mirror. ``mni152`` ships
        inside the ``nilearn`` package; a path then points at a folder with its three volumes.

    Raises
    ------
    BrainseekError
        When the atlas or its plane is unknown or its files are missing.
    """
    base, orientation = split_name(name)
    folder = None if path is None else Path(path).expanduser()
    atlas: Atlas
    known = ATLASES.get(base, Path(base))
    if base.startswith(_BRAINGLOBE):
        atlas = brainglobe_atlas(base.removeprefix(_BRAINGLOBE), folder)
    elif isinstance(known, Path):
        atlas = nifti_atlas(known.expanduser(), folder)
    else:
        if orientation not in (None, known.orientation) and known.cut_atlas is not None:
            raise BrainseekError(
                f"{name} does not exist: the plates of {base} are pictures of their own, not cuts "
                f"of its volume; use {known.cut_atlas}@{orientation}."
            )
        atlas = known(folder)
    return atlas if orientation in (None, atlas.orientation) else reoriented(atlas, orientation)
