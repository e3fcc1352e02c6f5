"""What the search page keeps between its runs, for every visitor."""

import streamlit as st

from brainseek.index.search.patched_planes import PatchedPlane, Patches, patched_planes, patches_of
from brainseek.index.search.view import View
from brainseek.ui.widgets.shown_plane import ShownPlane, read_plane

State = tuple[str, str, int]
"""What the content of a collection depends on: place, encoder and version."""


@st.cache_data(max_entries=8, show_spinner=False)
def planes_at(state: State, _view: View) -> list[PatchedPlane]:
    """Return the sections with patches in one version of a collection."""
    return patched_planes(_view)


@st.cache_data(max_entries=32, show_spinner=False)
def patches_at(state: State, plane: PatchedPlane, _view: View) -> Patches:
    """Return the patches of a section in one version of a collection."""
    return patches_of(_view, plane)


@st.cache_data(max_entries=32, show_spinner="Reading the section ...")
def shown_plane(plane: PatchedPlane) -> ShownPlane:
    """Read a section."""
    return read_plane(plane)
