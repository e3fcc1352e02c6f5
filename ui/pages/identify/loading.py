"""What the first page reads once for every visitor: examples, plates and their places."""

import streamlit as st

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.plates.demo import DemoSection, demo_sections
from brainseek.ui.reports.plate_pictures import PlatePictures

EXAMPLES = 6
EXAMPLE_ATLAS = "mni152"


@st.cache_data(show_spinner="Cutting example sections ...")
def examples() -> list[DemoSection]:
    """Return the example sections with their true positions."""
    return demo_sections(EXAMPLES)


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
