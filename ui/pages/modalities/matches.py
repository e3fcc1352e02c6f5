"""The matches of a patch in another stain, side by side with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.index.modalities.pair_matches import Matches
from brainseek.index.search.hits import Hits
from brainseek.index.writing.thumbnails import patch_of_png
from brainseek.registration.pairs.modality_question import ModalityQuestion
from brainseek.registration.pairs.stained_section import StainedPatch
from brainseek.ui.reports.hits import csv_bytes
from brainseek.ui.widgets.hit_grid import IN_A_ROW, PICTURE_SIDE, place_text
from brainseek.ui.widgets.markdown_text import literal


def patch_picture(gray: NDArray[np.generic]) -> Image.Image:
    """Return a patch as it is shown: enlarged, and stretched as the encoder sees it."""
    side = (PICTURE_SIDE, PICTURE_SIDE)
    return Image.fromarray(spread_gray(gray)).resize(side, Image.Resampling.BICUBIC)


def show_matches(asked: ModalityQuestion, found: Matches) -> None:
    """Show the patch and its matches, best first."""
    st.subheader(f"Matches in {literal(asked.find)}", divider="gray")
    if not len(found.hits):
        st.info("There are no such patches.")
        return
    cells: list[tuple[str, NDArray[np.uint8] | None, str]] = [
        (f"**The patch, {literal(asked.modality)}**", asked.patch.gray, "")
    ]
    for hit, content in zip(found.hits, found.hits.thumbnails(), strict=True):
        picture = None if content is None else patch_of_png(content)
        cells.append((f"**#{hit.rank}**   {hit.score:.3f}", picture, facts(hit.row, asked.patch)))
    for start in range(0, len(cells), IN_A_ROW):
        row = cells[start : start + IN_A_ROW]
        for column, (heading, picture, said) in zip(st.columns(IN_A_ROW), row, strict=False):
            with column:
                st.markdown(heading)
                if picture is not None:
                    st.image(patch_picture(picture), width="stretch")
                st.caption(said)
    st.caption("Rank (0 is the best), cosine similarity, structure, place in mm, section.")


def facts(row: Mapping[str, Any], patch: StainedPatch) -> str:
    """Return what is known of a match in short lines: structure, place, distance, section."""
    lines = [row["structure"] or "", place_text(row), source(row)]
    away = away_um(row, patch)
    if away is not None:
        lines.insert(2, f"{away / 1000:.1f} mm from the partner")
    return "  \n".join(literal(line) for line in lines if line)


def away_um(row: Mapping[str, Any], patch: StainedPatch) -> float | None:
    """Return how far a match lies from where the pair puts the patch; None if unknown."""
    point = [row[name] for name in ("ap_um", "dv_um", "ml_um")]
    if patch.point_um is None or any(value is None for value in point):
        return None
    return float(np.linalg.norm(np.array(point, float) - patch.point_um))


def source(row: Mapping[str, Any]) -> str:
    """Return the name of the section that a match was cut from."""
    kind, _, path = str(row["source_uri"]).partition("://")
    if kind == "pair" and row["note"]:
        return str(json.loads(row["note"])["pair"])
    return f"template of {path.split('/')[0]}" if kind == "atlas" else path


def offer_hits(hits: Hits, title: str, number: int) -> None:
    """Draw the button that saves the matches as CSV."""
    name = f"{Path(title).stem.replace(' ', '-')}-{number}"
    st.download_button(
        "Download CSV", csv_bytes(hits), f"matches-of-{name}.csv", "text/csv", key="stains csv"
    )
