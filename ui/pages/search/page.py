"""The app's page for collections: click a patch, get every patch like it."""

from functools import partial

import streamlit as st

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.queries import ByImage
from brainseek.index.search.hits import Hits
from brainseek.index.search.patched_planes import PatchedPlane
from brainseek.ui.pages.search.collection_choice import CollectionMoment, choose_collection
from brainseek.ui.pages.search.inputs import ask_image, ask_place, ask_plane, ask_row, ask_settings
from brainseek.ui.pages.search.loading import patches_at, planes_at, shown_plane
from brainseek.ui.pages.search.question import (
    SearchQuestion,
    SearchSettings,
    answer,
    document_of,
    question_of_row,
)
from brainseek.ui.pages.search.state import (
    COLLECTION,
    PLACE,
    back,
    begin,
    can_go_back,
    choose,
    more_like,
)
from brainseek.ui.reports.contact_sheet import sheet_picture
from brainseek.ui.widgets.hit_grid import offer_files, show_hits, show_row, show_votes
from brainseek.ui.widgets.markdown_text import literal
from brainseek.ui.widgets.patch_picker import pick_patch
from brainseek.ui.widgets.places_chart import show_places


def search_page() -> None:
    """Draw the page."""
    st.title("What looks like this?")
    try:
        opened = choose_collection()
        if opened is None:
            st.info(
                "There is no collection here yet: make an example in the sidebar, or fill one "
                "with `brainseek embed`."
            )
            return
        with opened.lock:
            show_collection(opened.moment())
    except BrainseekError as error:
        st.error(literal(str(error)))


def show_collection(moment: CollectionMoment) -> None:
    """Draw question and answer."""
    begin(moment.collection.uri)
    settings, ask = ask_settings()
    if not len(moment.view):
        st.info("This collection is empty; `brainseek embed` fills it.")
        return
    plane: PatchedPlane | None = None
    left, right = st.columns([3, 2], gap="large")
    with left:
        if ask == COLLECTION:
            planes = planes_at(moment.state, moment.view)
            plane = ask_plane(planes) if planes else None
            canvas = st.container()
            question = question_of_row(moment.collection, ask_row())
        else:
            question = ask_elsewhere(ask, moment)
            canvas = st.container()
            if question.row is not None:
                plane = PatchedPlane.of(question.row)
    hits = None
    with right:
        try:
            hits = answer(moment.collection, question, settings)
        except BrainseekError as error:
            st.error(literal(str(error)))
        show_question(moment, question)
        if hits is not None:
            show_summary(moment, question, settings, hits)
    unseen: list[str] | None = None
    if plane is not None:
        with canvas:
            unseen = show_section(moment, plane, question, hits)
    if hits is not None:
        show_grid(hits)
    elif question.query is None and settings.match is None:
        browse(moment, settings, None if settings.where else unseen)


def ask_elsewhere(ask: str, moment: CollectionMoment) -> SearchQuestion:
    """Draw the inputs for a place or an image and return the question."""
    if ask == PLACE:
        found = ask_place(moment.collection, moment.view)
        if found is None:
            return SearchQuestion()
        at, nearest = found
        return question_of_row(moment.collection, nearest.row["id"], {"at": at})
    given = ask_image()
    if given is None:
        return SearchQuestion()
    return SearchQuestion(ByImage(given[1]), {"image": given[0]})


def show_section(
    moment: CollectionMoment, plane: PatchedPlane, question: SearchQuestion, hits: Hits | None
) -> list[str]:
    """Show a section with its patches, the query and the hits.

    Returns
    -------
    list of str
        Ids of the patches, if their section can't be shown.
    """
    patches = patches_at(moment.state, plane, moment.view)
    marked = [(hit.row["id"], f"#{hit.rank}: {hit.score:.3f}") for hit in hits or ()]
    try:
        picture = shown_plane(plane)
    except BrainseekError as error:
        st.info(literal(str(error)))
        return patches.ids
    row = "" if question.row is None else str(question.row["id"])
    on_pick = partial(choose, plane=plane)
    pick_patch(picture, patches, row, marked, on_pick, key="picked patch")
    here = len(patches.places([name for name, _ in marked]))
    legend = "click one." if hits is None else f"red: the query; orange: {here} of its hits."
    st.caption(f"{len(patches.ids):,} patches of this section; {legend}")
    return []


def show_question(moment: CollectionMoment, question: SearchQuestion) -> None:
    """Show what is searched for, and the way back."""
    heading, button = st.columns([2, 1], vertical_alignment="center")
    if can_go_back():
        button.button(
            "Back", icon=":material/arrow_back:", on_click=back, key="back", width="stretch"
        )
    section = question.query.section if isinstance(question.query, ByImage) else None
    if section is None and question.row is None:
        return
    heading.markdown("**The query**")
    picture, facts = st.columns([2, 3], vertical_alignment="center")
    if section is not None:
        picture.image(sheet_picture(section, side=384), width="stretch")
        facts.caption(literal(question.described["image"]))
    elif question.row is not None:
        content = moment.collection.thumbnails_of([question.row["id"]])[0]
        show_row(question.row, content, picture, facts)


def show_summary(
    moment: CollectionMoment, question: SearchQuestion, settings: SearchSettings, hits: Hits
) -> None:
    """Show the votes of the hits and offer them as files."""
    if not len(hits):
        st.info("No row fulfils the condition." if settings.where else "There is no such row.")
        return
    if hits.score_kind == "cosine":
        show_votes(hits)
    show_places(question.row, hits)
    offer_files(hits, document_of(moment.collection, moment.view.version, question, settings, hits))


def show_grid(hits: Hits) -> None:
    """Show the hits."""
    if len(hits):
        st.subheader("Hits", divider="gray")
        rows = [(f"**#{hit.rank}**   {hit.score:.3f}", hit.row) for hit in hits]
        show_hits(rows, hits.thumbnails(), more_like)


def browse(moment: CollectionMoment, settings: SearchSettings, ids: list[str] | None) -> None:
    """Show some rows to begin with, of those with some ids or of all."""
    rows = moment.collection.some_rows(settings.k, settings.where, ids)
    if rows:
        st.subheader("Some rows to begin with", divider="gray")
        thumbnails = moment.collection.thumbnails_of([row["id"] for row in rows])
        show_hits([("", row) for row in rows], thumbnails, more_like)
    elif settings.where is not None:
        st.info("No row fulfils the condition.")
