"""The Streamlit app; start it with ``brainseek ui``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

# Streamlit runs this file as a script, so the folder of the rooms is not on the path yet.
from brainseek.catalog.atlases.registry import atlas_names, load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.image_files import IMAGE_SUFFIXES
from brainseek.ui.pages.cortex.page import cortex_page
from brainseek.ui.pages.modalities.page import stains_page
from brainseek.ui.pages.search.page import search_page
from brainseek.ui.reports.answers import document, millimetres, percent, to_json, turned_note
from brainseek.ui.reports.contact_sheet import sheet_picture
from brainseek.ui.reports.overlay import Box, overlay
from brainseek.ui.reports.plate_pictures import PlatePictures, stretched
from brainseek.ui.widgets.image_input import Reading, read_file, read_upload, reading_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from brainseek.catalog.sections.section import Section
    from brainseek.registration.plates.identification import Candidate, Identification

EXAMPLES = 6
EXAMPLE_ATLAS = "mni152"
UPLOAD, EXAMPLE, ON_DISK = "Upload", "Example", "File on this machine"
IN_A_ROW = 5
DOUBTFUL = 0.5


@dataclass(frozen=True)
class Choice:
    """What the sidebar asks for."""

    atlas: str
    k: int
    reading: Reading


@st.cache_data(show_spinner="Cutting example sections ...")
def examples() -> "list[tuple[Section, float]]":
    """Return the example sections with their true positions in µm."""
    from brainseek.registration.plates.demo import demo_queries

    return demo_queries(EXAMPLES)


@st.cache_resource
def plate_pictures(atlas: str) -> PlatePictures:
    """Return the plate images of an atlas."""
    return PlatePictures(atlas)


@st.cache_data(ttl=60, show_spinner=False)
def plate_places_mm(atlas: str) -> list[float] | None:
    """Return where the plates of an atlas lie, in mm; None where its data are not here."""
    try:
        return [float(place) / 1000 for place in load_atlas(atlas).positions_um]
    except BrainseekError:
        return None


def atlas_label(atlas: str) -> str:
    """Return the name of an atlas, with a remark where its data are not here."""
    return atlas if plate_places_mm(atlas) is not None else f"{atlas} (data not on this machine)"


def waiting(atlas: str) -> str:
    """Say what takes its time."""
    from brainseek.registration.plates.ranker import encoder_name, has_shipped_plates

    if has_shipped_plates(atlas, encoder_name(atlas, None)):
        return "Identifying ..."
    return f"Identifying ... On first use, the plates of {atlas} are embedded: this takes a while."


def answer(section: "Section", choice: Choice) -> "tuple[str, Identification]":
    """Return the encoder's identity and what it makes of a section."""
    from brainseek.registration.plates.identify import encoder_identity, identify

    with st.spinner(waiting(choice.atlas)):
        found = identify([section], atlas=choice.atlas, k=choice.k)[0]
        return encoder_identity(choice.atlas), found


def sidebar() -> "tuple[str, Section | None, Choice, str]":
    """Draw the sidebar; return the section's name, the section, the choices and a remark."""
    with st.sidebar:
        st.header("Section")
        source = st.radio("Where from", (EXAMPLE, UPLOAD, ON_DISK), key="source")
        upload, typed, number = None, "", 0
        if source == UPLOAD:
            types = [suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES]
            upload = st.file_uploader("Image", type=types, key="upload")
        elif source == ON_DISK:
            typed = st.text_input("Path of the image", key="path")
        else:
            number = st.selectbox(
                "Example", range(EXAMPLES), format_func=lambda n: f"example {n + 1}", key="example"
            )
        st.header("Search")
        choice = search_choice(example=source == EXAMPLE)
    if source == EXAMPLE:
        section, position_um = examples()[number]
        return f"example {number + 1}", section, choice, f"cut at {millimetres(position_um)}"
    if upload is not None:
        section = read_upload(upload.name, upload.getvalue(), choice.reading)
        return upload.name, section, choice, ""
    if typed.strip():
        path = Path(typed.strip()).expanduser()
        return path.name, read_file(path, choice.reading), choice, ""
    return "", None, choice, ""


def search_choice(example: bool) -> Choice:
    """Draw the search settings."""
    if example:
        atlas = EXAMPLE_ATLAS
        st.caption("The examples are cut from the human MNI152 volume and searched in mni152.")
    else:
        names = sorted(atlas_names(), reverse=True)
        atlas = st.selectbox("Atlas", names, format_func=atlas_label, key="atlas")
    k = st.slider("Candidates", 1, 20, 5, key="k")
    return Choice(atlas, k, Reading() if example else reading_settings())


def show_verdict(found: "Identification") -> None:
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
    picture: "NDArray[np.uint8]", remark: str, found: "Identification", pictures: PlatePictures
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


def show_candidate(candidate: "Candidate", pictures: PlatePictures) -> None:
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
    section: "NDArray[np.uint8]", found: "Identification", pictures: PlatePictures
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


def tissue_of(image: "NDArray[np.uint8]") -> "tuple[NDArray[np.uint8], Box]":
    """Return a picture in gray on a dark background, and where its tissue lies.

    The box is (top, bottom, left, right) in pixels.
    """
    from brainseek.embedder.preprocessing.section_gray import (
        Preprocessing,
        dark_background,
        tissue_box,
        to_gray_uint8,
    )

    gray = dark_background(to_gray_uint8(image))
    return gray, tissue_box(gray, Preprocessing().min_component, margin=0)


def show_positions(atlas: str, found: "Identification") -> None:
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


def plate_page() -> None:
    """Draw the page that names the plate of a section."""
    st.title("Which plate is this?")
    try:
        name, section, choice, remark = sidebar()
        if section is None:
            st.info("Choose an image in the sidebar.")
            return
        encoder, found = answer(section, choice)
        if found.error is not None:
            raise BrainseekError(found.error)
        picture = sheet_picture(section, side=1024, turned_deg=found.turned_deg)
        pictures = plate_pictures(choice.atlas)
        show_verdict(found)
        show_candidates(picture, remark or name, found, pictures)
        left, right = st.columns(2)
        with left:
            show_overlay(picture, found, pictures)
        with right:
            show_positions(choice.atlas, found)
            st.download_button(
                "Download JSON",
                to_json(document(choice.atlas, encoder, [found])),
                file_name=f"{Path(name).stem}.json",
                mime="application/json",
            )
            st.caption(f"encoder {encoder}")
    except BrainseekError as error:
        st.error(str(error))


st.set_page_config(page_title="brainseek", layout="wide")
pages = [
    st.Page(plate_page, title="Name the plate", default=True),
    st.Page(search_page, title="Search a collection", url_path="search"),
    st.Page(cortex_page, title="Explore the cortex", url_path="cortex"),
    st.Page(stains_page, title="Across stains", url_path="stains"),
]
st.navigation(pages, position="top").run()
