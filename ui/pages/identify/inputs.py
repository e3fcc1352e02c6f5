"""What the sidebar of the first page asks for."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from brainseek.catalog.atlases.registry import atlas_names
from brainseek.catalog.sections.image_files import IMAGE_SUFFIXES
from brainseek.catalog.sections.section import Section
from brainseek.ui.pages.identify.loading import (
    EXAMPLE_ATLAS,
    EXAMPLES,
    examples,
    plate_places_mm,
)
from brainseek.ui.reports.answers import millimetres
from brainseek.ui.widgets.image_input import read_upload, reading_settings

UPLOAD, EXAMPLE, ON_DISK = "Upload", "Example", "File on this machine"


@dataclass(frozen=True, eq=False)
class GivenSection:
    """A section, and among which plates it is searched for.

    Attributes
    ----------
    name : str
        Of the file.
    section : Section
    atlas : str
    k : int
        Candidates wanted.
    remark : str
        Written under the section.
    """

    name: str
    section: Section
    atlas: str
    k: int
    remark: str


def ask_section() -> GivenSection | None:
    """Draw the sidebar; None as long as no image is chosen.

    Raises
    ------
    BrainseekError
        The image can't be read.
    """
    with st.sidebar:
        st.header("Section")
        source = st.radio("Where from", (EXAMPLE, UPLOAD, ON_DISK), key="source")
        if source == EXAMPLE:
            return _example()
        upload, typed = None, ""
        if source == UPLOAD:
            types = [suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES]
            upload = st.file_uploader("Image", type=types, key="upload")
        else:
            typed = st.text_input("Path of the image", key="path").strip()
        st.header("Search")
        names = sorted(atlas_names(), reverse=True)
        atlas = st.selectbox("Atlas", names, format_func=_atlas_label, key="atlas")
        k, reading = _ask_k(), reading_settings()
    if upload is not None:
        section = read_upload(upload.name, upload.getvalue(), reading)
        return GivenSection(upload.name, section, atlas, k, upload.name)
    if typed:
        path = Path(typed).expanduser()
        return GivenSection(path.name, reading.section(path), atlas, k, path.name)
    return None


def _example() -> GivenSection:
    number = st.selectbox(
        "Example", range(EXAMPLES), format_func=lambda n: f"example {n + 1}", key="example"
    )
    st.header("Search")
    st.caption("The examples are cut from the human MNI152 volume and searched in mni152.")
    k = _ask_k()
    demo = examples()[number]
    remark = f"cut at {millimetres(demo.true_position_um)}"
    return GivenSection(f"example {number + 1}", demo.section, EXAMPLE_ATLAS, k, remark)


def _ask_k() -> int:
    return st.slider("Candidates", 1, 20, 5, key="k")


def _atlas_label(atlas: str) -> str:
    """Return the name of an atlas, with a remark where its data are not here."""
    return atlas if plate_places_mm(atlas) is not None else f"{atlas} (data not on this machine)"
