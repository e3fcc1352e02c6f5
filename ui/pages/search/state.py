"""What the visitor of the search page looks at, and the way back."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from brainseek.index.search.patched_planes import PatchedPlane

COLLECTION, IMAGE, PLACE = "Something in the collection", "An image", "A place in the atlas"
"""How one can ask."""

FILE = "section file"
_CHOSEN, _TRAIL, _SHOWN = "chosen row", "trail", "shown collection"


def chosen_row() -> str:
    """Return the id of the row that is searched for; empty if there is none."""
    return str(st.session_state.get(_CHOSEN, ""))


def plane_key(uri: str) -> str:
    """Return the name of the widget that chooses a plane of a file."""
    return f"plane of {uri}"


def begin(uri: str) -> None:
    """Forget the row and the way back when another collection is opened."""
    if st.session_state.get(_SHOWN) != uri:
        st.session_state[_SHOWN] = uri
        st.session_state[_CHOSEN], st.session_state[_TRAIL] = "", []


def choose(row: str, plane: PatchedPlane | None = None) -> None:
    """Search for a row from now on, and show its section if that is given."""
    here = (st.session_state.get("ask", COLLECTION), chosen_row())
    st.session_state.setdefault(_TRAIL, []).append(here)
    st.session_state["ask"], st.session_state[_CHOSEN] = COLLECTION, row
    if plane is not None:
        st.session_state[FILE] = plane.uri
        st.session_state[plane_key(plane.uri)] = plane.label


def more_like(row: Mapping[str, Any]) -> None:
    """Search for a hit."""
    choose(str(row["id"]), PatchedPlane.of(row))


def can_go_back() -> bool:
    """Tell whether something else was searched for before."""
    return bool(st.session_state.get(_TRAIL))


def back() -> None:
    """Go back to what was searched for before."""
    st.session_state["ask"], st.session_state[_CHOSEN] = st.session_state[_TRAIL].pop()
