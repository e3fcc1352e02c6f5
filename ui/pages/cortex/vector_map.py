"""The vectors of all vertices as a map in which a point can be chosen."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from brainseek.catalog.surfaces.surface import SIDES, Surface
from brainseek.catalog.surfaces.vertex_labels import VertexLabels
from brainseek.ui.pages.cortex.place import area_of, hemisphere_of, mm_of, mm_text

PICK = "pick"
"""Name of the chart's selection."""
AREAS, SIDE, FRONT, SIMILARITY = (
    "Areas of these places",
    "Hemisphere",
    "Back to front",
    "Similarity",
)
"""What the colours of the map can mean."""
OTHER = "other areas"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8C6D31")
"""Okabe and Ito's colours for colour-blind readers, without yellow, which is lost on white."""
OTHER_COLOUR = "#a9b1bd"
CHOSEN_COLOUR = "#e5004f"


def colourings(labels: VertexLabels | None) -> list[str]:
    """Return what the colours can mean, the first by default."""
    return [*([AREAS] if labels is not None else []), SIDE, FRONT, SIMILARITY]


def map_table(
    surface: Surface,
    vertices: NDArray[np.int64],
    flat: NDArray[np.float32],
    labels: VertexLabels | None,
) -> pd.DataFrame:
    """Return the points of the map: place in it, vertex, hemisphere, mm and area."""
    table = pd.DataFrame({"first": flat[:, 0], "second": flat[:, 1], "vertex": vertices})
    table["side"] = [hemisphere_of(surface, v) for v in vertices]
    table["mm"] = [mm_text(mm_of(surface, v)) for v in vertices]
    table["front"] = (surface.vertices_um[vertices, 1] / 1000).astype(np.float32)
    table["area"] = [area_of(labels, v) for v in vertices]
    return table


def coloured(
    table: pd.DataFrame, by: str, areas: Sequence[str], similarity: NDArray[np.float32]
) -> pd.DataFrame:
    """Return the points with the column ``colour``; what matters most is drawn last.

    Parameters
    ----------
    table : DataFrame
        Of `map_table`.
    by : str
        One of `colourings`.
    areas : sequence of str
        Of `marked_areas`; the others share one colour.
    similarity : ndarray, (n_vertices,)
    """
    if by == SIDE:
        return table.assign(colour=table["side"])
    if by == FRONT:
        return table.assign(colour=table["front"])
    if by == SIMILARITY:
        found = table.assign(colour=similarity[table["vertex"]])
        return found.sort_values("colour")
    colour = table["area"].where(table["area"].isin(areas), OTHER)
    order = (colour != OTHER).argsort(kind="stable")
    return table.assign(colour=colour).iloc[order]


def marked_areas(table: pd.DataFrame, marked: Sequence[int]) -> list[str]:
    """Return the areas that get colours, as many as there are colours.

    Parameters
    ----------
    table : DataFrame
        Of `map_table`.
    marked : sequence of int
        The chosen vertex, whose area comes first, and its similar places; then the most named.
    """
    known = table[table["vertex"].isin(marked)]
    of = dict(zip(known["vertex"], known["area"], strict=True))
    named = [of[v] for v in marked if of.get(v)]
    return list(dict.fromkeys([*named[:1], *(a for a, _ in Counter(named).most_common())]))[
        : len(PALETTE)
    ]


def map_chart(
    table: pd.DataFrame, by: str, areas: Sequence[str], chosen: int, places: Sequence[int]
) -> dict[str, Any]:
    """Return the Vega-Lite chart of the points.

    Parameters
    ----------
    table : DataFrame
        Of `coloured`.
    by : str
        What the colours mean.
    areas : sequence of str
        Of `marked_areas`.
    chosen : int
        The vertex that is highlighted.
    places : sequence of int
        Its similar places, numbered from 0.
    """
    x, y = (
        {"field": field, "type": "quantitative", "title": f"{field} principal component",
         "scale": {"zero": False, "nice": False, "padding": 12},
         "axis": {"grid": False, "tickCount": 6}}
        for field in ("first", "second")
    )  # fmt: skip
    tooltip = [{"field": f, "title": t} for f, t in (("mm", "MNI mm"), ("side", "side"))]
    if (table["area"] != "").any():
        tooltip.append({"field": "area", "title": "area"})
    at = {int(v): (float(a), float(b)) for v, a, b in
          zip(table["vertex"], table["first"], table["second"], strict=True)
          if v == chosen or v in set(places)}  # fmt: skip
    numbers = [
        {"first": at[v][0], "second": at[v][1], "label": str(rank)}
        for rank, v in enumerate(places)
        if v in at
    ]
    here = [{"first": at[chosen][0], "second": at[chosen][1]}] if chosen in at else []
    return {
        "height": 460,
        "params": [{"name": PICK, "views": ["points"],
                    "select": {"type": "point", "fields": ["vertex"]}}],
        "layer": [
            {
                "name": "points",
                "mark": {"type": "circle", "size": 16, "cursor": "pointer"},
                "encoding": {
                    "x": x, "y": y, "color": _colour(by, areas), "opacity": {"value": 0.75},
                    "tooltip": tooltip,
                },
            },
            {
                "data": {"values": numbers},
                "mark": {"type": "text", "fontWeight": "bold", "fontSize": 13, "color": "#101828",
                         "stroke": "#ffffff", "strokeWidth": 3, "strokeOpacity": 0.9},
                "encoding": {"x": x, "y": y, "text": {"field": "label"}},
            },
            {
                "data": {"values": numbers},
                "mark": {"type": "text", "fontWeight": "bold", "fontSize": 13, "color": "#101828"},
                "encoding": {"x": x, "y": y, "text": {"field": "label"}},
            },
            {
                "data": {"values": here},
                "mark": {"type": "point", "size": 260, "strokeWidth": 4, "filled": False,
                         "color": CHOSEN_COLOUR},
                "encoding": {"x": x, "y": y},
            },
        ],
    }  # fmt: skip


def _colour(by: str, areas: Sequence[str]) -> dict[str, Any]:
    if by in (AREAS, SIDE):
        names = [*areas, OTHER] if by == AREAS else list(SIDES)
        colours = [*PALETTE[: len(areas)], OTHER_COLOUR] if by == AREAS else list(PALETTE[:2])
        return {
            "field": "colour",
            "type": "nominal",
            "scale": {"domain": names, "range": colours},
            "legend": {"title": None, "orient": "bottom", "columns": 2, "labelLimit": 260},
        }
    return {
        "field": "colour",
        "type": "quantitative",
        "scale": {"scheme": "viridis"},
        "legend": {
            "title": "MNI y (mm)" if by == FRONT else "cosine similarity",
            "orient": "bottom",
        },
    }
