"""Which collection the search page works on."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.index.collection import Collection
from brainseek.index.maintain.local_collections import born, collections_in
from brainseek.index.search.view import View
from brainseek.ui.pages.search.example_collection import example_folder, make_example
from brainseek.ui.pages.search.loading import State
from brainseek.ui.widgets.markdown_text import literal

NEWEST = "newest"
_JUST_MADE = "collection just made"


@dataclass(frozen=True, eq=False)
class SharedCollection:
    """A collection that all visitors of the page share.

    Attributes
    ----------
    collection : Collection
    snapshot : str or None
        The snapshot that is read.
    lock : Lock
        To be held while the collection is used: every visitor has a thread.
    """

    collection: Collection
    snapshot: str | None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def moment(self) -> "CollectionMoment":
        """Return what there is at this moment."""
        return CollectionMoment(self.collection, self.collection.view())


@dataclass(frozen=True, eq=False)
class CollectionMoment:
    """A collection at one moment.

    Attributes
    ----------
    collection : Collection
    view : View
        Its rows.
    """

    collection: Collection
    view: View

    @property
    def state(self) -> State:
        """What the content depends on."""
        return self.collection.uri, self.collection.encoder, self.view.version


def found_collections() -> list[str]:
    """Return the local collections: in the working folder, then in the cache."""
    places = (Path.cwd(), cache_dir() / "collections")
    found = [str(path) for place in places for path in collections_in(place)]
    return list(dict.fromkeys(found))


def choose_collection() -> SharedCollection | None:
    """Draw the choice in the sidebar and open what was chosen.

    Raises
    ------
    BrainseekError
        It is no collection or can't be read.
    """
    with st.sidebar:
        st.header("Collection")
        made = st.session_state.pop(_JUST_MADE, None)
        found = found_collections()
        if made is not None:
            st.session_state["collection"], st.session_state["collection path"] = made, ""
        if st.session_state.get("collection") not in found:
            st.session_state.pop("collection", None)
        chosen = st.selectbox(
            "Found on this machine", found, format_func=lambda uri: _name(uri, found),
            key="collection", disabled=not found, placeholder="none",
            help="In the folder that brainseek was started in, and in its cache.",
        )  # fmt: skip
        typed = st.text_input(
            "Or its folder", key="collection path", placeholder="path or s3://bucket/key"
        ).strip()
        if str(example_folder()) not in found or (typed == "" and _is_empty(chosen)):
            _offer_example()
        uri = chosen if not typed else typed if "://" in typed else str(Path(typed).expanduser())
        return None if not uri else _choose_snapshot(uri)


def _choose_snapshot(uri: str) -> SharedCollection:
    newest = _opened(uri, None, born(uri))
    with newest.lock:
        names = list(newest.collection.snapshots())
    if st.session_state.get("snapshot") not in names:
        st.session_state.pop("snapshot", None)
    opened = newest
    if names:
        name = st.selectbox("Rows as of", [NEWEST, *reversed(names)], key="snapshot")
        if name != NEWEST:
            opened = _opened(uri, name, born(uri))
    with opened.lock:
        _show_facts(opened.collection)
    return opened


def _show_facts(collection: Collection) -> None:
    """Say how large it is, who wrote it and how it is searched."""
    with st.spinner("Making the search index ..."):
        view = collection.view()
    kind = view.cache.stamp.kind
    how = "exact" if kind == "flat" else f"approximate ({kind})"
    newer = f", {view.changes:,} changes since it was made" if view.changes else ""
    st.caption(
        f"**{len(view):,} rows**, version {view.version}  \n"
        f"encoder {literal(collection.encoder)}  \n"
        f"search index: {literal(how)}{newer}"
    )


@st.cache_resource(max_entries=8, show_spinner="Opening ...")
def _opened(uri: str, snapshot: str | None, born: tuple[int, int]) -> SharedCollection:
    """Open a collection once; one that was dropped and made again has another birth."""
    return SharedCollection(Collection.open(uri, snapshot=snapshot), snapshot)


def _name(uri: str, others: list[str]) -> str:
    """Return the name of a folder, with its parent's where two are called the same."""
    path = Path(uri)
    double = sum(Path(other).name == path.name for other in others) > 1
    return f"{path.name} ({path.parent.name})" if double else path.name


def _is_empty(uri: str | None) -> bool:
    """Tell whether this is an example that was begun and not finished."""
    if uri is None or uri != str(example_folder()):
        return False
    opened = _opened(uri, None, born(uri))
    with opened.lock:
        return len(opened.collection) == 0


def _offer_example() -> None:
    pressed = st.button("Make an example", width="stretch")
    st.caption("Patches of the human MNI152 template, offline, in about half a minute.")
    if not pressed:
        return
    bar = st.progress(0.0, "Planning ...")

    def report(share: float) -> None:
        bar.progress(share, f"Embedding ... {share:.0%}")

    try:
        folder = make_example(report)
    except BrainseekError:
        bar.empty()
        raise
    st.session_state[_JUST_MADE] = str(folder)
    st.rerun()
