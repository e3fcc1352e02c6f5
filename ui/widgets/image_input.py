"""An image that is uploaded or lies on this machine: how it is read, and the settings for it."""

import tempfile
from pathlib import Path

import streamlit as st

from brainseek.catalog.sections.section import Section
from brainseek.ui.reading import Reading


def reading_settings() -> Reading:
    """Draw the settings."""
    pixel_size_um = st.number_input(
        "Pixel size of the file (µm)", min_value=0.0, value=None, key="pixel_size",
        help="Leave empty to take it from the file.",
    )  # fmt: skip
    slice_index = st.number_input(
        "Slice of a 3-D stack", min_value=0, value=None, step=1, key="slice",
        help="Leave empty for a single image.",
    )  # fmt: skip
    axes = {None: "coronal (default)", 0: "sagittal", 2: "axial"}
    axis = st.selectbox("Cut of a NIfTI volume", axes, format_func=lambda a: axes[a], key="axis")
    return Reading(pixel_size_um or None, slice_index, axis)


@st.cache_data(max_entries=4, show_spinner="Reading ...")
def read_upload(name: str, content: bytes, reading: Reading) -> Section:
    """Read an uploaded file; it is kept, so that moving a slider does not read it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        return reading.section(path)
