"""Where a patch lies in the atlas, by its neighbours in the template."""

from typing import Any

import numpy as np
import streamlit as st

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.registration.pairs.modality_question import ModalityQuestion
from brainseek.registration.patches.patch_place import PatchPlace
from brainseek.registration.patches.plane_cut import PLANES, plane_cut
from brainseek.ui.pages.modalities.loading import template
from brainseek.ui.reports.answers import percent, to_json
from brainseek.ui.reports.plane_picture import plane_picture
from brainseek.ui.widgets.markdown_text import literal


def show_place(asked: ModalityQuestion, encoder: MultimodalEncoder) -> None:
    """Draw the place of a patch in the atlas, or say why that can't be done."""
    st.subheader("Where in the atlas", divider="gray")
    try:
        atlas, patches = template(encoder.identity, encoder)
        answer = asked.place(encoder, atlas, patches)
    except BrainseekError as error:
        st.info(literal(str(error)))
        return
    truth = asked.known_place(answer.atlas)
    st.markdown(verdict(atlas, answer))
    known = None if truth is None else truth[None]
    cuts = [plane_picture(plane_cut(answer, plane, known)) for plane in PLANES]
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
    text = to_json(answer_document(asked, answer))
    st.download_button(
        "Download JSON", text, "anchor.json", "application/json", key="stains anchor"
    )


def verdict(atlas: Atlas, answer: PatchPlace) -> str:
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


def answer_document(asked: ModalityQuestion, answer: PatchPlace) -> dict[str, Any]:
    """Return what the JSON file holds: the query, and all of the place but its hits."""
    row, column = asked.patch.spot
    query = {
        "section": asked.section.title,
        "modality": asked.modality,
        "row": row,
        "column": column,
        "pixel_um": asked.section.image.pixel_um,
        "side_um": asked.section.frame.side_um,
        "pair_point_um": None if asked.patch.point_um is None else asked.patch.point_um.tolist(),
    }
    return {"query": query, **answer.to_dict()}
