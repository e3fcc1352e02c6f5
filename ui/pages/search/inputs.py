"""The inputs of the search page: an image, a place in the atlas, a section and its patches."""

from pathlib import Path

import streamlit as st

from brainseek.catalog.sections.image_files import IMAGE_SUFFIXES
from brainseek.catalog.sections.section import Section
from brainseek.index.collection import Collection
from brainseek.index.search.near_place import Located, middle_um
from brainseek.index.search.patched_planes import PatchedPlane
from brainseek.index.search.view import View
from brainseek.ui.pages.search.question import SearchSettings
from brainseek.ui.pages.search.state import (
    COLLECTION,
    FILE,
    IMAGE,
    PLACE,
    choose,
    chosen_row,
    plane_key,
)
from brainseek.ui.widgets.image_input import read_upload, reading_settings
from brainseek.ui.widgets.markdown_text import literal, shortened

MOST_HITS = 60
_KEPT = "uploaded image"
_LONGEST_NAME = 60
AXES = {
    "ap_um": ("AP (µm)", "antero-posterior; MNI y in human atlases"),
    "dv_um": ("DV (µm)", "dorso-ventral; MNI z in human atlases"),
    "ml_um": ("ML (µm)", "medio-lateral; MNI x in human atlases"),
}


def ask_settings() -> tuple[SearchSettings, str]:
    """Draw the sidebar's settings; return them and the way to ask."""
    with st.sidebar:
        st.header("Search for")
        ask = st.radio(
            "Search for", (COLLECTION, IMAGE, PLACE), key="ask", label_visibility="collapsed"
        )
        st.header("Among")
        k = st.slider("Hits", 1, MOST_HITS, 12, key="hits")
        where = st.text_input(
            "Only rows where", key="where", placeholder="structure = 'CA1' and ap_um < 7000",
            help="A condition on the columns, with and, or, not, in, like, is null.",
        ).strip()  # fmt: skip
        match = st.text_input(
            "Words that move rows up", key="match", placeholder="dentate gyrus",
            help="In structure, stain, species, specimen, note and source.",
        ).strip()  # fmt: skip
        exact = st.checkbox(
            "Exact search", key="exact", help="Looks at every vector; slower in large collections."
        )
    return SearchSettings(k, where or None, match or None, exact), ask


def ask_image() -> tuple[str, Section] | None:
    """Return the name and the image that was given; it stays when another page is shown."""

    def uploaded() -> None:
        file = st.session_state["search upload"]
        st.session_state[_KEPT] = None if file is None else (file.name, file.getvalue())

    types = [suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES]
    st.file_uploader("Image", type=types, key="search upload", on_change=uploaded)
    typed = st.text_input("Or the path of a file on this machine", key="search path").strip()
    with st.expander("Pixel size, slice, cut"):
        reading = reading_settings()
    if typed:
        path = Path(typed).expanduser()
        return path.name, reading.section(path)
    kept = st.session_state.get(_KEPT)
    if kept is None:
        return None
    name, content = kept
    return name, read_upload(name, content, reading)


def ask_place(
    collection: Collection, view: View
) -> tuple[tuple[float, float, float], Located] | None:
    """Return the place that was typed, (AP, DV, ML) in µm, and the row that lies nearest."""
    middle = middle_um(view)
    if middle is None:
        st.info("No row of this collection has a place in an atlas; ask in another way.")
        return None
    at = []
    for column, (name, (label, help_text)), value in zip(
        st.columns(3), AXES.items(), middle, strict=True
    ):
        st.session_state.setdefault(f"place {name}", value)
        with column:
            at.append(st.number_input(label, step=500.0, format="%.0f", help=help_text,
                                      key=f"place {name}"))  # fmt: skip
    ap_um, dv_um, ml_um = at
    nearest = collection.at(ap_um, dv_um, ml_um, k=1)[0]
    st.caption(
        f"The nearest row lies {nearest.distance_um / 1000:.2f} mm from there and stands for it."
    )
    return (ap_um, dv_um, ml_um), nearest


def ask_plane(planes: list[PatchedPlane]) -> PatchedPlane:
    """Return the section that is to be shown, of those that have patches."""
    files = list(dict.fromkeys(plane.uri for plane in planes))
    if st.session_state.get(FILE) not in files:
        st.session_state.pop(FILE, None)
    uri = files[0]
    if len(files) > 1:
        uri = st.selectbox(
            "Section", files, format_func=lambda f: shortened(Path(f).name, _LONGEST_NAME), key=FILE
        )
    labelled = {plane.label: plane for plane in planes if plane.uri == uri}
    labels = list(labelled)
    if len(labels) == 1:
        return labelled[labels[0]]
    key = plane_key(uri)
    if st.session_state.get(key) not in labelled:
        st.session_state[key] = labels[len(labels) // 2]
    shown = st.select_slider(f"Slice of {literal(Path(uri).name)}", labels, key=key)
    return labelled[shown]


def ask_row() -> str:
    """Return the id of the row to search for: typed here, or chosen by a click elsewhere."""

    def typed() -> None:
        choose(st.session_state["row id"].strip())

    st.session_state["row id"] = chosen_row()
    st.text_input("Row", key="row id", on_change=typed, placeholder="id; a click fills it in")
    return chosen_row()
