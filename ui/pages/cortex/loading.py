"""What the cortex page loads once for every visitor."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from brainseek.catalog.surfaces.vertex_labels import VertexLabels, known_labels
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.preprocessing.patch_view import PatchView
from brainseek.embedder.registry import read_card
from brainseek.registration.cortex.gallery import CortexGallery, SimilarPlace
from brainseek.registration.cortex.shape import CortexShape, cortex_shape
from brainseek.registration.cortex.template_patches import TemplatePatches
from brainseek.ui.pages.cortex.vector_map import map_table
from brainseek.ui.widgets.cortex.colours import fold_colours
from brainseek.ui.widgets.cortex.sides import FOUR, SIX
from brainseek.ui.widgets.cortex.view import CortexView, cortex_view


@st.cache_resource(max_entries=4, show_spinner="Drawing the cortex ...")
def drawn_cortex(
    surface: str, smooth: bool, six: bool, _gallery: CortexGallery
) -> tuple[CortexShape, CortexView]:
    """Return the shape and the views of a surface."""
    shape = cortex_shape(_gallery.surface, smooth)
    return shape, cortex_view(_gallery.surface, shape, SIX if six else FOUR)


def folds(shape: CortexShape, gallery: CortexGallery) -> NDArray[np.float32]:
    """Return the colours of the cortex when nothing is painted."""
    return fold_colours(shape.sulcus, gallery.surface.cortex)


@st.cache_data(max_entries=256, show_spinner=False)
def similar_places(
    encoder: str, vertex: int, k: int, apart_um: float, _gallery: CortexGallery
) -> list[SimilarPlace]:
    """Return the places that look like a vertex."""
    return _gallery.nearest(vertex, k, apart_um)


@st.cache_resource(max_entries=4, show_spinner=False)
def map_points(
    encoder: str, named: bool, _gallery: CortexGallery, _labels: VertexLabels | None
) -> pd.DataFrame:
    """Return the vectors as points of a map (`vector_map.map_table`); not to be changed."""
    return map_table(_gallery.surface, _gallery.vertices, _gallery.flat(), _labels)


@st.cache_resource(ttl=60, max_entries=4, show_spinner="Reading the names of areas ...")
def named_areas(surface: str) -> tuple[VertexLabels | None, str]:
    """Return the areas of a surface, or None and a sentence on what is missing."""
    labels, reason = known_labels(surface)
    return labels, f"Areas have no names here: {reason}" if labels is None else ""


def encoder_view(encoder: str) -> PatchView:
    """Return what the patches of an encoder show."""
    return read_card(encoder.split("@")[0], kind=CortexCard).view


@st.cache_resource(max_entries=2, show_spinner="Reading the template ...")
def template_patches(data: str, view: PatchView) -> TemplatePatches:
    """Return what cuts patches for people out of a volume."""
    return TemplatePatches.open(data, view)
