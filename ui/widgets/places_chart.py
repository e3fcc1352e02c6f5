"""Where hits lie in the atlas, seen from above."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from brainseek.index.search.hits import Hits

QUERY, HIT = "query", "hit"


def show_places(query: Mapping[str, Any] | None, hits: Hits) -> None:
    """Draw the places of the hits, and of the row that is searched for, if they are known."""
    points = [(HIT, f"#{hit.rank}", hit.row) for hit in hits]
    if query is not None:
        points.append((QUERY, "the query", query))
    values = [
        {
            "what": what,
            "name": name,
            "ap": row["ap_um"] / 1000,
            "ml": row["ml_um"] / 1000,
            "structure": row["structure"] or "",
        }
        for what, name, row in points
        if row["ap_um"] is not None and row["ml_um"] is not None
    ]
    if any(value["what"] == HIT for value in values):
        st.markdown("**Where, seen from above?**")
        st.vega_lite_chart(places_chart(values), width="stretch")


def places_chart(values: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the Vega-Lite chart of `show_places`; places are in mm."""
    scale = {"zero": False, "padding": 12}
    colours = {"domain": [QUERY, HIT], "range": ["#ff3b6b", "#ffb000"]}
    return {
        "height": 180,
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 0.85},
        "encoding": {
            "x": {"field": "ap", "type": "quantitative", "title": "AP (mm)", "scale": scale},
            "y": {"field": "ml", "type": "quantitative", "title": "ML (mm)", "scale": scale},
            "color": {"field": "what", "type": "nominal", "scale": colours, "legend": None},
            "shape": {"field": "what", "type": "nominal", "legend": None},
            "tooltip": [{"field": name} for name in ("name", "structure", "ap", "ml")],
        },
    }
