"""What the page for several stains loads once for every visitor."""

import streamlit as st

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import PairStore, load_pairs
from brainseek.catalog.sections.section import Section
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.embedder.shared_specific import SharedSpecific
from brainseek.index.collection import Collection
from brainseek.registration.pairs.stain_specificity import fit_specific
from brainseek.registration.pairs.stained_section import (
    StainedSection,
    section_of_image,
    section_of_pair,
)
from brainseek.registration.patches.gallery import template_gallery
from brainseek.synthesis.stain.predict_section import Prediction, predict_section

ATLAS = "mouse-ccf"
"""The atlas with the template in which patches are placed."""


@st.cache_resource(max_entries=2, show_spinner="Loading the encoder ...")
def encoder(identity: str) -> MultimodalEncoder:
    """Load a two-modality encoder by its ``name@hash``."""
    return load_encoder(identity.partition("@")[0], kind=MultimodalEncoder)


@st.cache_resource(max_entries=2, show_spinner="Reading the pairs ...")
def pairs_of(store: PairStore) -> list[SectionPair]:
    """Read prepared pairs; not to be changed."""
    return load_pairs(store.folder)


@st.cache_resource(max_entries=8, show_spinner=False)
def paired_section(
    store: PairStore,
    name: str,
    modality: str,
    identity: str,
    _card: MultimodalCard,
    _pair: SectionPair,
) -> StainedSection:
    """Return one image of a pair."""
    return section_of_pair(_pair, modality, _card.frame)


@st.cache_resource(max_entries=4, show_spinner="Looking for tissue ...")
def own_section(
    section: Section, name: str, modality: str, identity: str, _card: MultimodalCard
) -> StainedSection:
    """Return an image of the visitor's own."""
    return section_of_image(section, name, modality, _card.frame)


@st.cache_resource(
    max_entries=2,
    show_spinner="Opening the template; at the first time its patches are embedded (minutes) ...",
)
def template(identity: str, _encoder: MultimodalEncoder) -> tuple[Atlas, Collection]:
    """Return the atlas and the patches of its template."""
    atlas = load_atlas(ATLAS)
    return atlas, template_gallery(atlas, _encoder, progress=False)


@st.cache_resource(max_entries=2, show_spinner="Comparing the stains ...")
def specific(
    store: PairStore,
    identity: str,
    _encoder: MultimodalEncoder,
    _pairs: list[SectionPair],
    _parts: list[str],
) -> SharedSpecific:
    """Return what each stain tells about the other."""
    return fit_specific(_encoder, _pairs, _parts)


@st.cache_resource(max_entries=8, show_spinner="Composing the section ...")
def prediction(
    key: tuple[str, ...],
    _section: StainedSection,
    _encoder: MultimodalEncoder,
    _gallery: Collection,
    where: str | None,
) -> Prediction:
    """Predict a section in the stain that ``key`` names last."""
    return predict_section(_section.image, key[-1], _encoder, _gallery, where, _section.pair)
