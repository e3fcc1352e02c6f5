"""The similar places as a table and as a file."""

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.surfaces.vertex_labels import VertexLabels
from brainseek.registration.cortex.gallery import SimilarPlace
from brainseek.ui.pages.cortex.place import area_of, mm_of, mm_text

MIRRORED_MM = 6.0
"""How far from the mirrored point a place may lie and still be called so."""
ALONG = "along (mm)"
ELSEWHERE, MIRRORED = "other side", "mirrored"
"""What stands in the place of a distance in the other hemisphere."""


def is_mirrored(surface: Surface, vertex: int, other: int) -> bool:
    """Tell whether a vertex lies where another one would in the other hemisphere."""
    mirrored = np.array(mm_of(surface, vertex)) * (-1, 1, 1)
    near = bool(np.linalg.norm(mirrored - mm_of(surface, other)) <= MIRRORED_MM)
    return near and surface.hemisphere[vertex] != surface.hemisphere[other]


def table_rows(
    surface: Surface, vertex: int, places: Sequence[SimilarPlace], labels: VertexLabels | None
) -> list[dict[str, Any]]:
    """Return what people read: one line for each place, best first; ranks count from 0."""
    rows = []
    for rank, place in enumerate(places):
        x, y, z = (value / 1000 for value in place.point_um)
        along = place.distance_um / 1000
        row = {
            "rank": rank,
            "side": place.hemisphere,
            "MNI (mm)": mm_text((x, y, z)),
            "score": place.score,
            ALONG: f"{along:.0f}" if math.isfinite(along) else ELSEWHERE,
        }
        if is_mirrored(surface, vertex, place.vertex):
            row[ALONG] = MIRRORED
        if labels is not None:
            row["area"] = area_of(labels, place.vertex)
        rows.append(row)
    return rows


def csv_text(
    surface: Surface,
    vertex: int,
    places: Sequence[SimilarPlace],
    labels: VertexLabels | None,
    encoder: str,
) -> str:
    """Return the places as CSV.

    Returns
    -------
    str
        ``rank, vertex, hemisphere, x_mm, y_mm, z_mm, score, distance_mm, area, query_vertex,
        surface, encoder``. Ranks count from 0; the distance runs along the surface and is empty
        in the other hemisphere; the area is empty where it is not known.
    """
    stream = io.StringIO()
    write = csv.writer(stream, lineterminator="\n")
    write.writerow(
        ("rank", "vertex", "hemisphere", "x_mm", "y_mm", "z_mm", "score", "distance_mm", "area",
         "query_vertex", "surface", "encoder")
    )  # fmt: skip
    for rank, place in enumerate(places):
        along = place.distance_um / 1000
        write.writerow(
            (
                rank, place.vertex, place.hemisphere,
                *(f"{value / 1000:.2f}" for value in place.point_um),
                f"{place.score:.5f}", f"{along:.2f}" if math.isfinite(along) else "",
                area_of(labels, place.vertex), vertex, surface.name, encoder,
            )
        )  # fmt: skip
    return stream.getvalue()
