"""Which vertex the visitor of the cortex page looks at, also in the address of the page."""

from collections.abc import Callable

import streamlit as st

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.surface import Surface
from brainseek.ui.pages.cortex.place import checked_vertex, mm_of

PARAMETER = "vertex"
"""Name of the query parameter."""
VERTEX_INPUT = "cortex vertex input"
MM_INPUTS = ("cortex x input", "cortex y input", "cortex z input")
_CHOSEN, _PROBLEM, _REMARK = "cortex vertex", "cortex problem", "cortex remark"


def chosen_vertex(surface: Surface, start: int) -> int:
    """Return the chosen vertex and write it into the address of the page.

    Parameters
    ----------
    surface : Surface
    start : int
        The vertex to begin with where the address names none.
    """
    if _CHOSEN not in st.session_state:
        with_sentence(lambda: choose(surface, _named(surface, start)))
        if _CHOSEN not in st.session_state:
            problem = st.session_state[_PROBLEM]
            choose(surface, start)
            st.session_state[_PROBLEM] = problem
    vertex = int(st.session_state[_CHOSEN])
    if st.query_params.get(PARAMETER) != str(vertex):
        st.query_params[PARAMETER] = str(vertex)
    for key, value in zip((VERTEX_INPUT, *MM_INPUTS), _inputs(surface, vertex), strict=True):
        st.session_state.setdefault(key, value)
    return vertex


def _named(surface: Surface, start: int) -> int:
    """Return the vertex that the address names."""
    text = st.query_params.get(PARAMETER)
    if text is None:
        return start
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise BrainseekError(
            f"the address names vertex {text[:20]!r}, which is not a number; "
            f"choose one from 0 to {len(surface) - 1}."
        )
    return checked_vertex(surface, int(text[:12]))


def choose(surface: Surface, vertex: int, remark: str = "") -> None:
    """Look at a vertex from now on; the inputs follow.

    Call it from a callback, or before the inputs are drawn.

    Raises
    ------
    BrainseekError
        When the surface has no such vertex.
    """
    st.session_state[_CHOSEN] = checked_vertex(surface, vertex)
    for key, value in zip((VERTEX_INPUT, *MM_INPUTS), _inputs(surface, vertex), strict=True):
        st.session_state[key] = value
    st.session_state[_PROBLEM], st.session_state[_REMARK] = "", remark


def _inputs(surface: Surface, vertex: int) -> tuple[int, float, float, float]:
    x, y, z = (round(value, 1) for value in mm_of(surface, vertex))
    return vertex, x, y, z


def with_sentence(change: Callable[[], None]) -> None:
    """Change something, and keep the sentence of what went wrong for the page."""
    try:
        change()
    except BrainseekError as error:
        st.session_state[_PROBLEM] = str(error)


def problem() -> str:
    """Return what went wrong with the last choice; empty if nothing did."""
    return str(st.session_state.get(_PROBLEM, ""))


def remark() -> str:
    """Return what is to be said about the last choice; empty if nothing is."""
    return str(st.session_state.get(_REMARK, ""))
