"""The app's page for several stains: click a place, see the same tissue in another stain."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import PairStore, pair_stores
from brainseek.ui.pages.modalities import cached as cached
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
from brainseek.ui.pages.modalities.place import show_place
from brainseek.ui.pages.modalities.section import Place, StainedSection, shown_gray
from brainseek.ui.pages.search.patch_picker import pick_patch
from brainseek.ui.reports.answers import percent
from brainseek.ui.widgets.markdown_text import literal

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from brainseek.embedder.cards.multimodal import MultimodalCard
    from brainseek.embedder.multimodal_encoder import MultimodalEncoder
    from brainseek.index.collection import Collection
    from brainseek.index.modalities.pair_matches import Matches

NO_PAIRS = (
    "There are no prepared pairs of stains on this machine; `brainseek pairs nissl-af` makes some."
)
ABOUT = (
    "Each patch spans {side} mm. The encoder has learned from pairs of sections that were aligned "
    "by a program, not by experts, so ‘true’ partners and places are those of that alignment. "
    "A high score means that the tissue looks alike to the encoder, in {known}."
)


@dataclass(frozen=True, eq=False)
class Asked:
    """What the visitor asks about.

    Attributes
    ----------
    section : StainedSection
    number : int
        Of the place.
    place : Place
    find : str
        The stain to find.
    store : PairStore or None
        The prepared pairs that are searched.
    pairs : list of SectionPair
        All of them; empty where they need not be read.
    parts : list of str
        See `brainseek.registration.pairs.stain_specificity.parts_of`.
    """

    section: StainedSection
    number: int
    place: Place
    find: str
    store: PairStore | None
    pairs: list[SectionPair]
    parts: list[str]

    def elsewhere(self) -> str | None:
        """Return the condition for rows of other sections; None for an image of one's own."""
        if self.store is None or self.section.pair is None:
            return None
        from brainseek.index.modalities.pair_matches import other_sections

        return other_sections(self.store.name, self.pairs, self.section.pair, self.find)


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
            show(asked, cached.encoder(card.identity))
    except BrainseekError as error:
        st.error(literal(str(error)))


def ask(card: "MultimodalCard") -> Asked | None:
    """Draw the sidebar; return what is asked, None where something is missing."""
    source = ask_source()
    store = ask_store(pair_stores())
    frame, pairs, parts = card.frame, [], []
    if source == PAIR:
        if store is None:
            st.info(NO_PAIRS + " An image of your own needs none to be placed in the atlas.")
            return None
        from brainseek.registration.pairs.stain_specificity import parts_of

        pairs = cached.pairs_of(store)
        parts = parts_of(card, store.name, pairs)
        pair, modality = ask_pair(store, pairs, parts)
        (find,) = (name for name in pair.modalities if name != modality)
        section = cached.paired_section(store, pair.name, modality, frame, pair)
    else:
        given = ask_own(card.modalities)
        if given is None:
            st.info("Choose an image in the sidebar.")
            return None
        name, image, modality = given
        find = ask_find(card.modalities, modality)
        section = cached.own_section(image, name, modality, frame)
    number = chosen(section)
    return Asked(section, number, section.place(number), find, store, pairs, parts)


def show(asked: Asked, encoder: "MultimodalEncoder") -> None:
    """Draw everything about one place."""
    from brainseek.index.modalities.pair_matches import find_matches

    settings = ask_settings(asked.section.pair is not None)
    canvas, facts = st.columns([3, 2], gap="large")
    with canvas:
        show_section(asked)
    with facts:
        show_query(asked)
        gallery = searched(asked, encoder)
        found = None
        if gallery is not None:
            where = asked.elsewhere() if settings.elsewhere else None
            found = find_matches(
                asked.place.patch, asked.place.partner, asked.section.image.modality, asked.find,
                encoder, gallery, settings.k, where,
            )  # fmt: skip
            show_facts(asked, found, encoder)
            offer_hits(found.hits, asked.section.title, asked.number)
    if found is not None:
        show_matches(asked.place, asked.section.image.modality, asked.find, found)
    show_place(asked.section, asked.place, encoder)
    if gallery is not None:
        show_prediction(asked, encoder, gallery)
    show_about(encoder)


def chosen(section: StainedSection) -> int:
    """Return the number of the place that was clicked, or the one to begin with."""
    number = st.session_state.get(_key(section), section.start())
    return int(number) if number < len(section.spots) else section.start()


def choose(section: StainedSection, number: str) -> None:
    """Ask about another place of a section from now on."""
    st.session_state[_key(section)] = int(number)


def _key(section: StainedSection) -> str:
    return f"stains place in {section.title}, {section.image.modality}"


def show_section(asked: Asked) -> None:
    """Show the section and its places."""
    section = asked.section
    patches = section.patches()
    pick_patch(
        section.shown(), patches, str(asked.number), [], lambda name: choose(section, name),
        key="picked stained patch",
    )  # fmt: skip
    st.caption(
        f"{literal(section.title)} in {literal(section.image.modality)}. Click one of "
        f"{len(patches.ids):,} places; red: the chosen patch."
    )


def show_query(asked: Asked) -> None:
    """Show the chosen patch and, beside it, the same tissue in the other stain."""
    left, right = st.columns(2)
    left.markdown("**The patch**")
    left.image(patch_picture(asked.place.patch), width="stretch")
    left.caption(literal(asked.section.image.modality))
    if asked.place.partner is not None:
        right.markdown("**Its true partner**")
        right.image(patch_picture(asked.place.partner), width="stretch")
        right.caption(literal(asked.find))


def show_facts(asked: Asked, found: "Matches", encoder: "MultimodalEncoder") -> None:
    """Say where the partner ranks and what only one stain shows."""
    from brainseek.registration.pairs.stain_specificity import only_here

    pair, place = asked.section.pair, asked.place
    if pair is None or place.partner is None or asked.store is None:
        st.caption(f"{found.among:,} patches in {literal(asked.find)} were searched.")
        return
    modality = asked.section.image.modality
    st.markdown(
        f"**Rank of the partner: {found.partner_rank}** among {found.among:,} patches in "
        f"{literal(asked.find)}, score {found.partner_score:.3f}"
    )
    fitted = cached.specific(asked.store, encoder.identity, encoder, asked.pairs, asked.parts)
    if modality == pair.first.modality:
        own, others = only_here(fitted, encoder, pair, place.patch, place.partner)
    else:
        others, own = only_here(fitted, encoder, pair, place.partner, place.patch)
    st.markdown(
        f"**Found only in {literal(modality)}: {own:.2f}**, "
        f"only in {literal(asked.find)}: {others:.2f}"
    )
    st.caption(
        "Rank: how many patches fit better, of this section too. Found only in a stain: what can't "
        "be predicted of the patch from its partner, as a share of the usual difference between "
        "patches; 0 is nothing."
    )


def searched(asked: Asked, encoder: "MultimodalEncoder") -> "Collection | None":
    """Return the collection to search; where it is missing, say so or offer to make it."""
    from brainseek.index.derived.pairs import pair_collection, pair_collection_here
    from brainseek.index.fill.template import MODALITIES

    store = asked.store
    if store is None:
        if MODALITIES[cached.ATLAS] == asked.find:
            return cached.template(encoder.identity, encoder)[1]
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
        pairs = asked.pairs or cached.pairs_of(store)
        pair_collection(store, pairs, encoder, partial(_advance, bar))
        st.rerun()
    return None


def _advance(bar: "DeltaGenerator", share: float) -> None:
    bar.progress(share, "Embedding ...")


def show_prediction(asked: Asked, encoder: "MultimodalEncoder", gallery: "Collection") -> None:
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
    made = cached.prediction(key, section, encoder, gallery, asked.elsewhere())
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


def show_about(encoder: "MultimodalEncoder") -> None:
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
