"""Points of an atlas as rows write them: AP, DV, ML in µm and the structure there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.volumes.labels import labels_at
from brainseek.index.ingest.planning.atlas_position import Place

_WORLD = ("x", "y", "z")
_AP_DV_ML_OF_WORLD = (1, 2, 0)


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
    places = []
    for point, label in zip(points_um[:, list(order)].tolist(), ids.tolist(), strict=True):
        known = label in atlas.structures if label else False
        structure = atlas.structures[label] if known else None
        places.append(
            Place(
                point[0],
                point[1],
                point[2],
                None if structure is None else structure.id,
                None if structure is None else structure.acronym,
            )
        )
    return places
