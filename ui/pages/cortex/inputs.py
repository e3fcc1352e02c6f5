"""What the sidebar of the cortex page asks for."""

from dataclasses import dataclass

import streamlit as st

from brainseek.embedder.defaults import encoder_of_cortex
from brainseek.embedder.registry import encoder_names
from brainseek.ui.widgets.cortex.colours import COLOUR_MAPS

FOUR, SIX = "Four", "Six"
SMOOTHED, FOLDED = "Smoothed", "Folded"


@dataclass(frozen=True)
class CortexSettings:
    """How the cortex is drawn and how many places are searched for.

    Attributes
    ----------
    smooth : bool
        Open the folds.
    six : bool
        Draw it from above and below, too.
    colour_map : str
    percent : (float, float)
        Percentiles of the similarities that get the first and the last colour.
    k : int
        Similar places.
    apart_mm : float
        Smallest distance between them.
    """

    smooth: bool
    six: bool
    colour_map: str
    percent: tuple[float, float]
    k: int
    apart_mm: float


def ask_encoder() -> str | None:
    """Draw the choice of the encoder where there are several; None where there is none."""
    names = encoder_names("cortex")
    if not names:
        return None
    first = encoder_of_cortex()
    if len(names) == 1:
        return first
    with st.sidebar:
        return st.selectbox("Encoder", names, index=names.index(first), key="cortex encoder")


def ask_settings() -> CortexSettings:
    """Draw the settings and return them."""
    with st.sidebar:
        st.header("Search")
        k = st.slider("Similar places", 1, 20, 8, key="cortex k")
        apart = st.slider("At least apart (mm)", 5, 40, 20, key="cortex apart")
        st.header("Picture")
        shape = st.radio("Cortex", (SMOOTHED, FOLDED), key="cortex shape", horizontal=True)
        views = st.radio("Views", (FOUR, SIX), key="cortex views", horizontal=True)
        low, high = st.slider(
            "Colours from … to … percent of the vertices", 0, 100, (40, 100), key="cortex percent",
            help="Vertices less similar than the lower end stay gray.",
        )  # fmt: skip
        name = st.selectbox("Colour map", COLOUR_MAPS, key="cortex colour map")
    return CortexSettings(shape == SMOOTHED, views == SIX, name, (low, high), k, float(apart))
