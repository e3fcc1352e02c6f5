"""An image that is uploaded or lies on this machine: how it is read, and the settings for it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from brainseek.catalog.sections.section import Section


@dataclass(frozen=True)
class Reading:
    """How an image file is to be read.

    Attributes
    ----------
    pixel_size_um : float or None
        Side of a pixel of the file in µm, where the file does not state it.
    slice_index : int or None
        Which plane of a stack.
    axis : {0, 1, 2} or None
        How a NIfTI volume is cut.
    """

    pixel_size_um: float | None = None
    slice_index: int | None = None
    axis: int | None = None


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
def read_upload(name: str, content: bytes, reading: Reading) -> "Section":
    """Read an uploaded file; it is kept, so that moving a slider does not read it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        return read_file(path, reading)


def read_file(path: Path, reading: Reading) -> "Section":
    """Read a file on this machine."""
    from brainseek.catalog.sections.section import read_section

    return read_section(
        path,
        pixel_size_um=reading.pixel_size_um,
        slice_index=reading.slice_index,
        axis=reading.axis,
    )
