"""Where a patch lies in the atlas, by its neighbours in the template."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.ui.pages.modalities import cached as cached
from brainseek.ui.pages.modalities.cuts import cut_picture
from brainseek.ui.pages.modalities.section import Place, StainedSection
from brainseek.ui.reports.anchor_picture import PLANES
from brainseek.ui.reports.answers import percent, to_json
from brainseek.ui.widgets.markdown_text import literal

if TYPE_CHECKING:
    from brainseek.catalog.atlases.atlas import Atlas
    from brainseek.embedder.multimodal_encoder import MultimodalEncoder
    from brainseek.registration.patches.patch_place import PatchPlace

NEIGHBOURS = 20


def show_place(section: StainedSection, place: Place, encoder: "MultimodalEncoder") -> None:
    """Anchor a patch and draw its place, or say why that can't be done."""
    st.subheader("Where in the atlas", divider="gray")
    try:
        atlas, answer = anchored(section, place, encoder)
    except BrainseekError as error:
        st.info(literal(str(error)))
        return
    truth = known_place(section, place, answer.atlas)
    st.markdown(verdict(atlas, answer))
    cuts = [cut_picture(answer, orientation, truth) for orientation in PLANES]
    columns = st.columns([cut.shape[1] / cut.shape[0] for cut in cuts])
    for column, cut, orientation in zip(columns, cuts, PLANES, strict=True):
        column.image(cut, width="stretch")
        column.caption(orientation)
    ring = "median error to expect" if answer.calibrated else "spread of the neighbours"
    said = (
        f"Red: the place, an ellipse of one standard deviation; white ring: {ring}; blue: the "
        f"{len(answer.scores)} best patches of the template, dropped onto the cut."
    )
    if truth is not None:
        away = np.linalg.norm(np.array(answer.point_um) - truth) / 1000
        said += f" Green cross: where the pair puts the patch, {away:.2f} mm away."
    st.caption(said)
    for remark in answer.remarks:
        st.caption(literal(remark))
    text = to_json(answer_document(section, place, answer))
    st.download_button(
        "Download JSON", text, "anchor.json", "application/json", key="stains anchor"
    )


def anchored(
    section: StainedSection, place: Place, encoder: "MultimodalEncoder"
) -> "tuple[Atlas, PatchPlace]":
    """Return the atlas and the anchor of a patch in it."""
    from brainseek.index.fill.template import TemplateGrid
    from brainseek.registration.patches.locate import locate_vector

    modality = section.image.modality
    atlas, gallery = cached.template(encoder.identity, encoder)
    vector = encoder.embed(place.patch[None], modality)[0]
    return atlas, locate_vector(
        vector, modality, encoder, gallery, atlas, NEIGHBOURS, TemplateGrid()
    )


def known_place(section: StainedSection, place: Place, atlas: str) -> NDArray[np.float64] | None:
    """Return where the pair of the section puts the patch in an atlas; None if it doesn't."""
    if section.pair is None or section.pair.atlas != atlas:
        return None
    return place.point_um


def verdict(atlas: "Atlas", answer: "PatchPlace") -> str:
    """Return place, structure and doubts in words."""
    axes = ", ".join(
        f"{name} {point / 1000:.2f} ± {sd / 1000:.2f}"
        for name, point, sd in zip(("AP", "DV", "ML"), answer.point_um, answer.sd_um, strict=True)
    )
    error = "likely error (median)" if answer.calibrated else "spread of the neighbours"
    named = "in no structure"
    if answer.structure is not None:
        full = atlas.structures.by_acronym[answer.structure].name
        named = f"in {full} ({answer.structure})"
    return (
        f"**{axes} mm**, {literal(named)}  \n"
        f"{error} {answer.likely_um / 1000:.2f} mm; {percent(answer.agreement)} of the neighbours "
        f"agree, {percent(answer.mirror_doubt)} lie across the midline"
    )


def answer_document(section: StainedSection, place: Place, answer: "PatchPlace") -> dict[str, Any]:
    """Return what the JSON file holds: the query, and all of the anchor but its hits."""
    row, column = place.spot
    query = {
        "section": section.title,
        "modality": section.image.modality,
        "row": row,
        "column": column,
        "pixel_um": section.image.pixel_um,
        "side_um": section.frame.side_um,
        "pair_point_um": None if place.point_um is None else place.point_um.tolist(),
    }
    return {"query": query, **answer.to_dict()}
