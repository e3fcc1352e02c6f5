"""The app's page for several stains: click a place, see the same tissue in another stain."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import pair_stores
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.derived.pairs import pair_collection, pair_collection_here
from brainseek.index.fill.template import MODALITIES
from brainseek.index.modalities.pair_matches import Matches
from brainseek.registration.pairs.modality_question import ModalityQuestion
from brainseek.registration.pairs.stain_specificity import parts_of
from brainseek.registration.pairs.stained_section import StainedSection
from brainseek.ui.pages.modalities import loading as loading
from brainseek.ui.pages.modalities.atlas_place import show_place
from brainseek.ui.pages.modalities.inputs import (
    PAIR,
    ask_card,
    ask_find,
    ask_own,
    ask_pair,
    ask_settings,
    ask_source,
    ask_store,
)
from brainseek.ui.pages.modalities.matches import offer_hits, patch_picture, show_matches
from brainseek.ui.pages.modalities.state import choose_place, chosen_place
from brainseek.ui.reports.answers import percent
from brainseek.ui.widgets.markdown_text import literal
from brainseek.ui.widgets.patch_picker import pick_patch
from brainseek.ui.widgets.shown_plane import ShownPlane, shown_gray

NO_PAIRS = (
    "There are no prepared pairs of stains on this machine; `brainseek pairs nissl-af` makes some."
)
ABOUT = (
    "Each patch spans {side} mm. The encoder has learned from pairs of sections that were aligned "
    "by a program, not by experts, so ‘true’ partners and places are those of that alignment. "
    "A high score means that the tissue looks alike to the encoder, in {known}."
)


def stains_page() -> None:
    """Draw the page."""
    st.title("Where is this tissue in another stain?")
    try:
        card = ask_card()
        if card is None:
            st.info(
                "No two-modality encoder is released here yet (weights/modalities is empty); run "
                "`brainseek train clip-nissl-af` and release it with "
                "`python -m brainseek.trainers.release RUN NAME`."
            )
            return
        asked = ask(card)
        if asked is not None:
            show(asked, loading.encoder(card.identity))
    except BrainseekError as error:
        st.error(literal(str(error)))


def ask(card: MultimodalCard) -> ModalityQuestion | None:
    """Draw the sidebar; return what is asked, None where something is missing."""
    source = ask_source()
    store = ask_store(pair_stores())
    pairs: list[SectionPair] = []
    parts: list[str] = []
    if source == PAIR:
        if store is None:
            st.info(NO_PAIRS + " An image of your own needs none to be placed in the atlas.")
            return None
        pairs = loading.pairs_of(store)
        parts = parts_of(card, store.name, pairs)
        pair, modality = ask_pair(store, pairs, parts)
        (find,) = (name for name in pair.modalities if name != modality)
        section = loading.paired_section(store, pair.name, modality, card.identity, card, pair)
    else:
        given = ask_own(card.modalities)
        if given is None:
            st.info("Choose an image in the sidebar.")
            return None
        name, image, modality = given
        find = ask_find(card.modalities, modality)
        section = loading.own_section(image, name, modality, card.identity, card)
    number = chosen_place(section)
    return ModalityQuestion(section, number, section.patch_at(number), find, store, pairs, parts)


def show(asked: ModalityQuestion, encoder: MultimodalEncoder) -> None:
    """Draw everything about one place."""
    settings = ask_settings(asked.section.pair is not None)
    canvas, facts = st.columns([3, 2], gap="large")
    with canvas:
        show_section(asked)
    with facts:
        show_query(asked)
        gallery = searched(asked, encoder)
        found = None
        if gallery is not None:
            found = asked.matches(encoder, gallery, settings.k, settings.elsewhere)
            show_facts(asked, found, encoder)
            offer_hits(found.hits, asked.section.title, asked.number)
    if found is not None:
        show_matches(asked, found)
    show_place(asked, encoder)
    if gallery is not None:
        show_prediction(asked, encoder, gallery)
    show_about(encoder)


def show_section(asked: ModalityQuestion) -> None:
    """Show the section and its places."""
    section = asked.section
    patches = section.patches()
    pick_patch(
        shown_section(section),
        patches,
        str(asked.number),
        [],
        lambda name: choose_place(section, name),
        key="picked stained patch",
    )
    st.caption(
        f"{literal(section.title)} in {literal(section.image.modality)}. Click one of "
        f"{len(patches.ids):,} places; red: the chosen patch."
    )


def shown_section(section: StainedSection) -> ShownPlane:
    """Return the image as it is shown."""
    height, width = section.image.image.shape
    return ShownPlane(shown_gray(section.image.image), height, width, width / height)


def show_query(asked: ModalityQuestion) -> None:
    """Show the chosen patch and, beside it, the same tissue in the other stain."""
    left, right = st.columns(2)
    left.markdown("**The patch**")
    left.image(patch_picture(asked.patch.gray), width="stretch")
    left.caption(literal(asked.modality))
    if asked.patch.partner is not None:
        right.markdown("**Its true partner**")
        right.image(patch_picture(asked.patch.partner), width="stretch")
        right.caption(literal(asked.find))


def show_facts(asked: ModalityQuestion, found: Matches, encoder: MultimodalEncoder) -> None:
    """Say where the partner ranks and what only one stain shows."""
    if asked.patch.partner is None or asked.store is None:
        st.caption(f"{found.among:,} patches in {literal(asked.find)} were searched.")
        return
    st.markdown(
        f"**Rank of the partner: {found.partner_rank}** among {found.among:,} patches in "
        f"{literal(asked.find)}, score {found.partner_score:.3f}"
    )
    fitted = loading.specific(asked.store, encoder.identity, encoder, asked.pairs, asked.parts)
    specific = asked.only_here(fitted, encoder)
    assert specific is not None
    own, others = specific
    st.markdown(
        f"**Found only in {literal(asked.modality)}: {own:.2f}**, "
        f"only in {literal(asked.find)}: {others:.2f}"
    )
    st.caption(
        "Rank: how many patches fit better, of this section too. Found only in a stain: what can't "
        "be predicted of the patch from its partner, as a share of the usual difference between "
        "patches; 0 is nothing."
    )


def searched(asked: ModalityQuestion, encoder: MultimodalEncoder) -> Collection | None:
    """Return the collection to search; where it is missing, say so or offer to make it."""
    store = asked.store
    if store is None:
        if MODALITIES[loading.ATLAS] == asked.find:
            return loading.template(encoder.identity, encoder)[1]
        st.info(f"There is nothing in {literal(asked.find)} to search. {NO_PAIRS}")
        return None
    gallery = pair_collection_here(store, encoder)
    if gallery is not None:
        return gallery
    st.info(
        f"The patches of {literal(store.name)} were not embedded by this encoder yet. This takes "
        "some minutes, once."
    )
    if st.button("Embed both stains", type="primary", key="stains embed"):
        bar = st.progress(0.0, "Embedding ...")
        pairs = asked.pairs or loading.pairs_of(store)
        pair_collection(store, pairs, encoder, partial(_advance, bar))
        st.rerun()
    return None


def _advance(bar: DeltaGenerator, share: float) -> None:
    bar.progress(share, "Embedding ...")


def show_prediction(
    asked: ModalityQuestion, encoder: MultimodalEncoder, gallery: Collection
) -> None:
    """Predict the whole section in the other stain when the visitor asks for it."""
    st.subheader(f"The whole section in {literal(asked.find)}", divider="gray")
    section = asked.section
    key = (gallery.uri, encoder.identity, section.title, section.image.modality, asked.find)
    button = st.empty()
    if st.session_state.get("stains predicted") != key:
        if not button.button("Predict", key="stains predict"):
            st.caption(
                "Composes the section of patches that were retrieved for its own; this takes about "
                "a minute."
            )
            return
        button.empty()
    made = loading.prediction(key, section, encoder, gallery, asked.elsewhere())
    st.session_state["stains predicted"] = key
    pictures = [
        (f"**The section, {literal(section.image.modality)}**", made.source),
        (f"**Predicted {literal(asked.find)}**", made.predicted),
        ("**Disagreement of the patches**", made.disagreement),
    ]
    if made.truth is not None:
        pictures.insert(2, (f"**True {literal(asked.find)}**", made.truth))
    for column, (heading, picture) in zip(st.columns(len(pictures)), pictures, strict=True):
        column.markdown(heading)
        column.image(shown_gray(picture), width="stretch")
    said = "Brighter disagreement: the retrieved patches differ more. "
    if made.nmse is not None and made.ssim is not None:
        said += (
            f"NMSE {made.nmse:.2f} (0: perfect, 1: no better than the mean), SSIM {made.ssim:.2f}, "
            "within the tissue. Patches of this section and of its neighbours were left out. "
        )
    st.caption(said + "A prediction shows what similar tissue looked like; count nothing in it.")


def show_about(encoder: MultimodalEncoder) -> None:
    """Say what the answers rest on."""
    card = encoder.card
    side = f"{card.side_px * card.pixel_um / 1000:g}"
    st.caption(ABOUT.format(side=side, known=literal(" and ".join(card.modalities))))
    test = card.measured.get("test", {})
    if {"recall5_forward", "recall5_back", "n"} <= set(test):
        both = " and ".join(percent(test[f"recall5_{way}"]) for way in ("forward", "back"))
        st.caption(
            f"On sections that did not train it, the partner is among the best five of "
            f"{test['n']:,} patches for {both} of the patches, one way and the other."
        )
    st.caption(f"encoder {literal(encoder.identity)}")
