"""The answer on the first page: verdict, candidates, overlay, and where the plates lie."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from brainseek.registration.plates.identification import Candidate, Identification
from brainseek.ui.pages.identify.loading import plate_places_mm
from brainseek.ui.reports.answers import millimetres, percent, turned_note
from brainseek.ui.reports.overlay import overlay, tissue_of
from brainseek.ui.reports.plate_pictures import PlatePictures, stretched

IN_A_ROW = 5
DOUBTFUL = 0.5


def show_verdict(found: Identification) -> None:
    """Say in words what was found and how sure it is."""
    best = found.candidates[0]
    place = f"plate {best.plate} at {millimetres(best.position_um)}"
    if found.none_of_these >= DOUBTFUL:
        st.warning(
            f"Probably **none of these**: the chance that this section matches no plate is "
            f"{percent(found.none_of_these)}. The nearest is {place}."
        )
    else:
        st.success(
            f"Most likely **{place}**{turned_note(found)}, confidence {percent(best.confidence)}. "
            f"Chance that it is none of the plates: {percent(found.none_of_these)}."
        )
    if found.note is not None:
        st.caption(found.note)


def show_candidates(
    picture: NDArray[np.uint8], remark: str, found: Identification, pictures: PlatePictures
) -> None:
    """Show the section and its candidates side by side, a few to a row."""
    for start in range(0, len(found.candidates), IN_A_ROW):
        columns = st.columns(IN_A_ROW + 1)
        if start == 0:
            with columns[0]:
                st.markdown("**your section**")
                st.image(picture, width="stretch")
                st.caption(remark)
        row = found.candidates[start : start + IN_A_ROW]
        for column, candidate in zip(columns[1:], row, strict=False):
            with column:
                show_candidate(candidate, pictures)
    if pictures.missing is not None:
        st.info(pictures.missing)


def show_candidate(candidate: Candidate, pictures: PlatePictures) -> None:
    """Show one candidate plate."""
    st.markdown(f"**plate {candidate.plate}**")
    image = pictures.picture(candidate.plate)
    if image is not None:
        st.image(stretched(image), width="stretch")
    st.progress(min(1.0, max(0.0, candidate.confidence)))
    st.caption(
        f"{millimetres(candidate.position_um)}  \nconfidence {percent(candidate.confidence)}"
    )


def show_overlay(
    section: NDArray[np.uint8], found: Identification, pictures: PlatePictures
) -> None:
    """Show the section over a plate, with an opacity slider."""
    st.subheader("Overlay")
    plate = st.selectbox(
        "Plate", [c.plate for c in found.candidates], format_func=lambda n: f"plate {n}"
    )
    opacity = st.slider("Opacity of the section", 0.0, 1.0, 0.5, 0.05, key="opacity")
    below = pictures.picture(plate)
    if below is None:
        st.caption("The overlay needs the plate pictures.")
        return
    above, above_box = tissue_of(section)
    below, below_box = tissue_of(below)
    st.image(overlay(above, above_box, below, below_box, opacity), width="stretch")
    st.caption("The tissue boxes are scaled onto each other; this is not an alignment.")


def show_positions(atlas: str, found: Identification) -> None:
    """Show where along the cutting axis the candidates lie among all plates."""
    st.subheader("Position")
    places = plate_places_mm(atlas)
    plates = [{"position": place} for place in places or ()]
    candidates = [
        {"position": c.position_um / 1000, "confidence": c.confidence, "plate": c.plate}
        for c in found.candidates
    ]
    st.vega_lite_chart(position_chart(plates, candidates), width="stretch")
    ticks = "" if places is None else f"Ticks: all {len(places)} plates of {atlas}. "
    best = found.candidates[0]
    st.caption(f"Bars: confidence of the candidates. {ticks}Best: {millimetres(best.position_um)}.")


def position_chart(
    plates: list[dict[str, float]], candidates: list[dict[str, float]]
) -> dict[str, Any]:
    """Return the Vega-Lite chart of `show_positions`; positions are in mm."""
    x = {"field": "position", "type": "quantitative", "title": "position along the axis (mm)"}
    scaled = {**x, "scale": {"zero": False, "nice": False, "padding": 8}}
    return {
        "height": 240,
        "layer": [
            {
                "data": {"values": plates},
                "mark": {"type": "tick", "thickness": 1, "size": 10, "color": "#98a2b3"},
                "encoding": {"x": scaled, "y": {"value": "height"}},
            },
            {
                "data": {"values": candidates},
                "mark": {"type": "bar", "width": 5, "color": "#1f6feb"},
                "encoding": {
                    "x": scaled,
                    "y": {
                        "field": "confidence",
                        "type": "quantitative",
                        "title": "confidence",
                        "scale": {"domain": [0, 1]},
                        "axis": {"format": "%"},
                    },
                    "tooltip": [{"field": "plate"}, {"field": "position"}, {"field": "confidence"}],
                },
            },
        ],
    }
