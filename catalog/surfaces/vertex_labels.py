"""Areas of the cortex at the vertices of the known surfaces."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.user_table import read_rows
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.surface import SIDES
from brainseek.catalog.volumes.labels import labels_at

RIGHT_OFFSET = 1000
"""Added to the numbers of the right hemisphere where both share the same ones."""
SCHAEFER_PER_SIDE = 200
_NAMED_IN_ERROR = 5


@dataclass(frozen=True, eq=False)
class VertexLabels:
    """The area of every vertex.

    Attributes
    ----------
    ids : ndarray of int32, (n,)
        0 where the area is unknown or there is no cortex. Left and right have different numbers.
    names : mapping of int to str
        Name of every number but 0, with its hemisphere.

    Raises
    ------
    BrainseekError
        When ids are not a list of whole numbers from 0, or a number has no name.
    """

    ids: NDArray[np.int32]
    names: Mapping[int, str]

    def __post_init__(self) -> None:
        """Refuse labels that the table does not explain."""
        ids = np.asarray(self.ids)
        if ids.ndim != 1 or ids.dtype.kind not in "iu" or (ids.size and ids.min() < 0):
            raise BrainseekError(
                f"labels of shape {ids.shape} and {ids.dtype} are not one whole number from 0 for "
                "each vertex; use 0 for unknown."
            )
        missing = sorted({int(id_) for id_ in np.unique(ids)} - set(self.names) - {0})
        if missing:
            some = ", ".join(map(str, missing[:_NAMED_IN_ERROR]))
            raise BrainseekError(
                f"the label table lacks {len(missing)} ids that vertices have (first {some}); add "
                "their names."
            )
        object.__setattr__(self, "ids", ids.astype(np.int32))


def label_names(surface_name: str) -> tuple[str, ...]:
    """Return the labels that a known surface has."""
    return tuple(which for surface, which in _LABELS if surface == surface_name)


def vertex_labels(surface_name: str, which: str, path: Path | str | None = None) -> VertexLabels:
    """Return the labels of a known surface.

    Parameters
    ----------
    surface_name : str
        One of `brainseek.catalog.surfaces.registry.surface_names`.
    which : str
        ``bigbrain-10k`` has ``economo``, ``brodmann`` (right: number + 1000) and ``schaefer400``
        (left 1 to 200, right 201 to 400). ``fsaverage5``, ``colin27-5124`` and ``colin27-20484``
        have ``julich``: the number of Julich-Brain 3.1 (right: + 1000) in the voxel at the middle
        of the cortex, or at the vertex where only one surface is known; 0 where that voxel
        belongs to no area or to the other hemisphere.
    path : path, optional
        Folder of the data set that holds the labels, instead of the cache or the mirror.

    Raises
    ------
    BrainseekError
        When the surface does not have these labels, or their files are missing.
    """
    if (surface_name, which) not in _LABELS:
        known = ", ".join(f"{which} on {surface}" for surface, which in _LABELS)
        raise BrainseekError(f"there are no labels {which!r} on {surface_name!r}; known: {known}.")
    folder = None if path is None else Path(path).expanduser()
    return _LABELS[surface_name, which](surface_name, which, folder)


def _bigbrain(surface_name: str, which: str, folder: Path | None) -> VertexLabels:
    where = dataset_path("bigbrain-surface", folder)
    cortex = load_surface(surface_name, path=folder).cortex
    offset = SCHAEFER_PER_SIDE if which == "schaefer400" else RIGHT_OFFSET
    with np.load(where / "bigbrain_10k_compact.npz", allow_pickle=False) as archive:
        sides = [archive[f"{side}_{which}"].astype(np.int32) for side in "LR"]
    sides[1][sides[1] > 0] += offset
    names: dict[int, str] = {}
    for row in read_rows(where / "parcel_names.csv"):
        value = int(row["value"])
        if row["atlas"] == which and value > 0:
            right = row["hemisphere"] == "R"
            names[value + offset * right] = f"{row['name']} {SIDES[right]}"
    return VertexLabels(np.where(cortex, np.concatenate(sides), 0), names)


def _julich(surface_name: str, which: str, folder: Path | None) -> VertexLabels:
    atlas = load_atlas("julich-brain", folder)
    volume = atlas.annotation_volume
    assert volume is not None
    surface = load_surface(surface_name)
    # Labels are read in the middle of the cortex, or on the only surface there is.
    places_um = surface.vertices_um if surface.inner_um is None else surface.mid_um
    ids = labels_at(places_um, volume)
    ids[(ids > RIGHT_OFFSET) != surface.side("right")] = 0
    ids[~surface.cortex] = 0
    names = {s.id: s.name for s in atlas.structures if s.id != atlas.structures.root.id}
    return VertexLabels(ids, names)


_LABELS: dict[tuple[str, str], Callable[[str, str, Path | None], VertexLabels]] = {
    ("bigbrain-10k", "economo"): _bigbrain,
    ("bigbrain-10k", "brodmann"): _bigbrain,
    ("bigbrain-10k", "schaefer400"): _bigbrain,
    ("fsaverage5", "julich"): _julich,
    ("colin27-5124", "julich"): _julich,
    ("colin27-20484", "julich"): _julich,
}


@lru_cache(maxsize=4)
def kept_labels(surface_name: str, which: str) -> VertexLabels:
    """Return labels as `brainseek.catalog.surfaces.vertex_labels.vertex_labels` and keep them."""
    return vertex_labels(surface_name, which)


def known_labels(surface_name: str, which: str | None = None) -> tuple[VertexLabels | None, str]:
    """Return labels of a surface, or None and why there are none.

    Parameters
    ----------
    surface_name : str
    which : str, optional
        One of `catalog.surfaces.vertex_labels.label_names` of the surface. By default its first
        ones where their data set is on this machine.

    Returns
    -------
    labels : VertexLabels or None
    reason : str
        A sentence where there are none, or else empty.

    Raises
    ------
    BrainseekError
        If labels that were named are unknown or not on this machine.
    """
    if which is not None:
        return kept_labels(surface_name, which), ""
    offered = label_names(surface_name)
    if not offered:
        return None, f"no areas are known on {surface_name}."
    try:
        return kept_labels(surface_name, offered[0]), ""
    except BrainseekError as error:
        return None, str(error)
