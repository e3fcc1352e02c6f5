"""What the sidebar of the page for several stains asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import PairStore
from brainseek.catalog.sections.section import Section
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.registry import encoder_names, read_card
from brainseek.ui.pages.search.inputs import ask_image
from brainseek.ui.widgets.markdown_text import literal

PAIR, OWN = "Prepared pairs", "An image of mine"
HITS = 11
"""As many as fill two lines behind the query."""
SAID = {
    "train": "trained on",
    "validation": "validation",
    "test": "held out",
    "unused": "not trained on",
}
"""How the parts of the training are called, see `registration.pairs.stain_specificity.parts_of`."""


@dataclass(frozen=True)
class MatchSettings:
    """How many matches are wanted, and whether from other sections only."""

    k: int
    elsewhere: bool


def ask_card() -> MultimodalCard | None:
    """Draw the choice of the encoder where there are several; None where there is none."""
    names = encoder_names("modalities")
    if not names:
        return None
    name = names[0]
    if len(names) > 1:
        with st.sidebar:
            name = st.selectbox("Encoder", names, key="stains encoder")
    return read_card(name, kind=MultimodalCard)


def ask_source() -> str:
    """Draw the choice between prepared pairs and an image."""
    with st.sidebar:
        st.header("Section")
        return st.radio(
            "Section", (PAIR, OWN), key="stains source", label_visibility="collapsed"
        )  # fmt: skip


def ask_store(stores: Sequence[PairStore]) -> PairStore | None:
    """Draw the choice of the prepared pairs where there are several; None where there are none."""
    if len(stores) < 2:
        return stores[0] if stores else None
    named = {store.name: store for store in stores}
    with st.sidebar:
        return named[st.selectbox("Pairs", list(named), key="stains pairs")]


def ask_pair(
    store: PairStore, pairs: Sequence[SectionPair], parts: Sequence[str]
) -> tuple[SectionPair, str]:
    """Return the pair that was chosen and the stain of the section to click in."""
    said = [f" ({SAID[part]})" for part in parts] or [""] * len(pairs)
    key = f"stains pair of {store.name} {store.stamp}"
    st.session_state.setdefault(key, _first(parts, len(pairs)))
    with st.sidebar:
        number = st.selectbox(
            "Pair", range(len(pairs)), key=key,
            format_func=lambda n: pairs[n].name + said[n],
        )  # fmt: skip
        modality = st.radio("Click in", pairs[number].modalities, key="stains modality")
    return pairs[number], modality


def _first(parts: Sequence[str], count: int) -> int:
    """Return the pair to begin with: the middle one that was held out, or of all."""
    held = np.flatnonzero(np.array(parts) == "test")
    return int(held[len(held) // 2]) if len(held) else count // 2


def ask_own(modalities: Sequence[str]) -> tuple[str, Section, str] | None:
    """Return name, image and stain of what was given; None where nothing was."""
    with st.sidebar:
        given = ask_image()
        modality = st.selectbox("Its stain", modalities, key="stains own modality")
    return None if given is None else (*given, modality)


def ask_find(modalities: Sequence[str], modality: str) -> str:
    """Return the stain to find, asked for where it is not the only other one."""
    others = [name for name in modalities if name != modality]
    if len(others) == 1:
        return others[0]
    with st.sidebar:
        return st.selectbox("Find", others, format_func=literal, key="stains find")


def ask_settings(paired: bool) -> MatchSettings:
    """Draw the settings of the search."""
    with st.sidebar:
        st.header("Search")
        k = st.slider("Matches", 1, 41, HITS, key="stains k")
        elsewhere = paired and st.checkbox(
            "In other sections only", key="stains elsewhere",
            help="Leaves out this section and its neighbours along the brain.",
        )  # fmt: skip
    return MatchSettings(k, elsewhere)
