"""Regions as GeoJSON annotations, as QuPath imports them."""

import json
import uuid
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.structures.tree import StructureTree
from brainseek.registration.exports.outlines import Polygon, outlines
from brainseek.registration.exports.structure_table import StructureRow, region

_NAMESPACE = uuid.UUID("6f7b7c0e-5d0f-5b1e-9a53-0b8f6a4d2c11")


def regions_geojson(
    labels: NDArray[np.integer],
    tree: StructureTree,
    rows: list[StructureRow],
    full: tuple[int, int],
    name: str,
) -> bytes:
    """Return one annotation for every structure of a section.

    Coordinates are (x, y) in pixels of the full-resolution image from its top left corner, as in
    QuPath. An annotation carries the structure's acronym as its classification, its colour, its
    name, and the measurements of its row. Neighbouring regions share their border exactly.

    Parameters
    ----------
    labels : ndarray of int, (height, width)
        Structure ids of the section's pixels, 0 = none.
    tree : StructureTree
        Explains them.
    rows : list of StructureRow
        Sizes of the structures.
    full : (height, width)
        Size of the full-resolution image.
    name : str
        Name of the section; the same name and structure get the same annotation id.

    Returns
    -------
    bytes
        UTF-8 text of a FeatureCollection.
    """
    scale = np.array([full[1] / labels.shape[1], full[0] / labels.shape[0]])
    sizes = {row.id: row for row in rows}
    features = []
    for id_, polygons in outlines(labels).items():
        structure = region(tree, id_)
        features.append(
            {
                "type": "Feature",
                "id": str(uuid.uuid5(_NAMESPACE, f"{name}/{id_}")),
                "geometry": _geometry(polygons, scale),
                "properties": {
                    "objectType": "annotation",
                    "name": structure.name,
                    "classification": {
                        "name": structure.acronym,
                        "color": list(structure.colour),
                    },
                    "isLocked": True,
                    "measurements": _measurements(sizes.get(id_)),
                },
            }
        )
    content = {"type": "FeatureCollection", "features": features}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _geometry(polygons: list[Polygon], scale: NDArray[np.float64]) -> dict[str, Any]:
    """Return a Polygon, or a MultiPolygon where there are several pieces."""
    pieces = [
        [np.round(ring * scale, 2).tolist() for ring in (polygon.outer, *polygon.holes)]
        for polygon in polygons
    ]
    if len(pieces) == 1:
        return {"type": "Polygon", "coordinates": pieces[0]}
    return {"type": "MultiPolygon", "coordinates": pieces}


def _measurements(row: StructureRow | None) -> dict[str, float]:
    """Return the numbers that are known, by their name."""
    if row is None:
        return {}
    found = {"structure id": float(row.id), "atlas area um^2": round(row.atlas_area_um2, 1)}
    if row.area_um2 is not None:
        found["area um^2"] = round(row.area_um2, 1)
    return found
