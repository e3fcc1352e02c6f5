"""Which place of a section the visitor of the page for several stains asks about."""

import streamlit as st

from brainseek.registration.pairs.stained_section import StainedSection


def chosen_place(section: StainedSection) -> int:
    """Return the number of the place that was clicked, or the one to begin with."""
    number = st.session_state.get(_key(section), section.start())
    return int(number) if number < len(section.spots) else section.start()


def choose_place(section: StainedSection, number: str) -> None:
    """Ask about another place of a section from now on."""
    st.session_state[_key(section)] = int(number)


def _key(section: StainedSection) -> str:
    return f"stains place in {section.title}, {section.image.modality}"
