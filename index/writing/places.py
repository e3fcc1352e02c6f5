"""Points of an atlas as rows write them: AP, DV, ML in µm and the structure there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.structures.tree import Structure
from brainseek.catalog.volumes.labels import labels_at

_WORLD = ("x", "y", "z")
_AP_DV_ML_OF_WORLD = (1, 2, 0)


@dataclass(frozen=True)
class Place:
    """A point in atlas space and what lies there.

    Attributes
    ----------
    ap_um, dv_um, ml_um : float
        In the atlas' own directions, in µm: CCFv3 AP, DV, ML from the front, the top and the
        left for the mouse; MNI y, z, x for human atlases.
    structure_id, structure : int, str or None
        Id and acronym of the structure; None where there is none.
    """

    ap_um: float
    dv_um: float
    ml_um: float
    structure_id: int | None
    structure: str | None

    @classmethod
    def of(cls, point_um: NDArray[np.float64], structure: Structure | None) -> Place:
        """Return the place of a point, (3,) AP, DV, ML in µm, in a structure if it is known."""
        ap, dv, ml = point_um.tolist()
        found = (None, None) if structure is None else (structure.id, structure.acronym)
        return cls(ap, dv, ml, *found)


def places_at(atlas: Atlas, points_um: NDArray[np.float64]) -> list[Place]:
    """Return position and structure of points, the latter from the atlas' annotation volume.

    Parameters
    ----------
    atlas : Atlas
    points_um : ndarray, (n, 3)
        In the order of the atlas' ``space_axes``, µm.

    Returns
    -------
    list of Place
        Without structures where the atlas has no annotation volume, where a point lies in none,
        or where the label is not in the tree.
    """
    volume = atlas.annotation_volume
    ids = np.zeros(len(points_um), np.int32) if volume is None else labels_at(points_um, volume)
    order = _AP_DV_ML_OF_WORLD if tuple(atlas.space_axes) == _WORLD else (0, 1, 2)
    return [
        Place.of(point, atlas.structures[label] if label and label in atlas.structures else None)
        for point, label in zip(points_um[:, list(order)], ids.tolist(), strict=True)
    ]
