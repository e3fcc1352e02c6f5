"""BrainGlobe atlases that are on this machine, through the package brainglobe-atlasapi."""

import contextlib
import io
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from brainseek.catalog.atlases.volume_atlas import VolumeAtlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.labels import compact_labels
from brainseek.catalog.volumes.volume import Volume

INSTALL = 'pip install "brainseek[brainglobe]"'
SPACING_UM = 100.0
_AXES = ("AP", "DV", "ML")
_ORDER = "asr"
"""Every atlas of version 3 runs from anterior, superior and right."""
_ENCODERS = {"mus musculus": "plates-mouse-nissl", "homo sapiens": "plates-mni152"}


def brainglobe_atlas(name: str, folder: Path | None = None) -> VolumeAtlas:
    """Open a BrainGlobe atlas; nothing is ever downloaded.

    Points are (AP, DV, ML) in µm from the front, the top and the left of its volume; for the
    Allen mouse that is CCFv3.

    Parameters
    ----------
    name : str
        As BrainGlobe writes it, e.g. ``allen_mouse_25um``.
    folder : Path, optional
        BrainGlobe's folder; by default the one of its configuration.

    Raises
    ------
    BrainseekError
        When the package is not installed, or the atlas is not on this machine.
    """
    try:
        from brainglobe_atlasapi import BrainGlobeAtlas
        from brainglobe_atlasapi.config import get_brainglobe_dir
    except ImportError:
        raise BrainseekError(
            f"brainglobe:{name} needs the package brainglobe-atlasapi 3 or newer, which is not "
            f"installed; get it with {INSTALL}."
        ) from None
    root = folder or Path(get_brainglobe_dir())
    if not any((root / "brainglobe-atlasapi" / "atlases" / name).glob("*/manifest.json")):
        raise BrainseekError(
            f"the BrainGlobe atlas {name} is not on this machine (looked in {root}); get it with "
            f"`brainglobe install -a {name}`."
        )
    try:
        found = BrainGlobeAtlas(name, brainglobe_dir=root, check_latest=False)
        # The volumes are fetched when first asked for; that is not wanted here.
        found.fs = _NoDownload(name)
        source = BrainGlobeSource(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrainseekError(
            f"the BrainGlobe atlas {name} in {root} is damaged ({' '.join(str(error).split())}); "
            f"remove it and get it again with `brainglobe install -a {name}`."
        ) from error
    metadata = found.metadata
    species = str(metadata.get("species", "")).lower()
    return VolumeAtlas(
        name,
        f"{metadata.get('species', 'species not stated')}, BrainGlobe atlas {name}",
        source,
        coordinates=(
            "AP in µm from the front",
            "DV in µm from the top",
            "ML in µm from the left",
        ),
        spacing_um=max(SPACING_UM, float(found.resolution[0])),
        annotation_sources=("brainglobe",),
        encoder=_ENCODERS.get(species),
    )


class BrainGlobeSource:
    """Template, annotation and structures of an opened BrainGlobe atlas.

    Parameters
    ----------
    atlas : brainglobe_atlasapi.BrainGlobeAtlas

    Raises
    ------
    BrainseekError
        When its volumes run along other axes than all atlases of version 3 do.
    """

    remarks: tuple[str, ...] = ()

    def __init__(self, atlas: Any) -> None:
        if atlas.orientation != _ORDER:
            raise BrainseekError(
                f"{atlas.atlas_name} runs along {atlas.orientation!r} instead of {_ORDER!r}; "
                f"install brainglobe-atlasapi 3 or newer with {INSTALL}."
            )
        self._atlas = atlas

    @cached_property
    def volume(self) -> Volume:
        """The template."""
        return self._placed(self._quiet("template"))

    @cached_property
    def annotation_volume(self) -> Volume:
        """The annotation."""
        indices, ids = compact_labels(self._quiet("annotation"))
        return self._placed(indices, ids)

    @cached_property
    def structures(self) -> StructureTree:
        """The structures; parents come from each one's path."""
        return StructureTree(_structure(row) for row in self._atlas.structures_list)

    def _quiet(self, what: str) -> np.ndarray:
        """Read a volume without the package's announcements of downloads."""
        with contextlib.redirect_stdout(io.StringIO()):
            return np.asarray(getattr(self._atlas, what))

    def _placed(self, data: np.ndarray, ids: np.ndarray | None = None) -> Volume:
        """Turn (anterior, superior, right) into coronal order, left to right."""
        ap, dv, ml = (float(size) for size in self._atlas.resolution)
        origin = (ap / 2, dv / 2, ml / 2)
        return Volume(data[:, :, ::-1], (ap, dv, ml), origin, _AXES, _AXES, ids)


def _structure(row: dict[str, Any]) -> Structure:
    path, (red, green, blue) = row["structure_id_path"], row["rgb_triplet"]
    parent_id = int(path[-2]) if len(path) > 1 else None
    colour = int(red), int(green), int(blue)
    return Structure(int(row["id"]), str(row["acronym"]), str(row["name"]), parent_id, colour)


class _NoDownload:
    """Stands where the package keeps its connection."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, _: str) -> NoReturn:
        raise BrainseekError(
            f"the volumes of the BrainGlobe atlas {self._name} are not all on this machine; get "
            f'them with `python -c "from brainglobe_atlasapi import BrainGlobeAtlas as A; '
            f"a = A('{self._name}'); a.template; a.annotation\"`."
        )
