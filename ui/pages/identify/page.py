"""The app's first page: an image in, the plates it could come from."""

from pathlib import Path

import streamlit as st

from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.plates.encoder_choice import choose_encoder
from brainseek.registration.plates.identification import Identification
from brainseek.registration.plates.ranker import plate_ranker
from brainseek.ui.pages.identify.answer import (
    show_candidates,
    show_overlay,
    show_positions,
    show_verdict,
)
from brainseek.ui.pages.identify.inputs import GivenSection, ask_section
from brainseek.ui.pages.identify.loading import plate_pictures
from brainseek.ui.reports.answers import document, to_json
from brainseek.ui.reports.contact_sheet import sheet_picture


def identify_page() -> None:
    """Draw the page."""
    st.title("Which plate is this?")
    try:
        given = ask_section()
        if given is None:
            st.info("Choose an image in the sidebar.")
            return
        show(given, *answer(given))
    except BrainseekError as error:
        st.error(str(error))


def answer(given: GivenSection) -> tuple[str, Identification]:
    """Return the encoder's identity and what it makes of a section."""
    with st.spinner(waiting(given.atlas)):
        ranker = plate_ranker(given.atlas)
        return ranker.choice.identity, ranker.rank([given.section], given.k)[0]


def waiting(atlas: str) -> str:
    """Say what takes its time."""
    if choose_encoder(atlas).ships_plates:
        return "Identifying ..."
    return f"Identifying ... On first use, the plates of {atlas} are embedded: this takes a while."


def show(given: GivenSection, encoder: str, found: Identification) -> None:
    """Draw the answer.

    Raises
    ------
    BrainseekError
        It holds an error.
    """
    if found.error is not None:
        raise BrainseekError(found.error)
    picture = sheet_picture(given.section, side=1024, turned_deg=found.turned_deg)
    pictures = plate_pictures(given.atlas)
    show_verdict(found)
    show_candidates(picture, given.remark, found, pictures)
    left, right = st.columns(2)
    with left:
        show_overlay(picture, found, pictures)
    with right:
        show_positions(given.atlas, found)
        st.download_button(
            "Download JSON",
            to_json(document(given.atlas, encoder, [found])),
            file_name=f"{Path(given.name).stem}.json",
            mime="application/json",
        )
        st.caption(f"encoder {encoder}")
