"""The app's page for the cortex: click a place, see every place that looks like it."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.t1_volumes import cortex_volume_remark
from brainseek.catalog.surfaces.vertex_labels import VertexLabels
from brainseek.registration.cortex.gallery import CortexGallery, SimilarPlace, cortex_gallery
from brainseek.ui.pages.cortex import loading as loading
from brainseek.ui.pages.cortex import state as state
from brainseek.ui.pages.cortex.inputs import CortexSettings, ask_encoder, ask_settings
from brainseek.ui.pages.cortex.pictures import planes_picture
from brainseek.ui.pages.cortex.place import (
    NO_AREA,
    area_of,
    hemisphere_of,
    mm_of,
    mm_text,
    vertex_near,
)
from brainseek.ui.pages.cortex.table import ALONG, csv_text, table_rows
from brainseek.ui.pages.cortex.vector_map import PICK, coloured, colourings, map_chart, marked_areas
from brainseek.ui.widgets.cortex.canvas import Mark, pick_vertex
from brainseek.ui.widgets.cortex.colours import painted, scale_of
from brainseek.ui.widgets.markdown_text import literal

START_MM = (-42.0, -22.0, 54.0)
"""Where a visitor begins, MNI152 x, y, z."""
PICTURED = 5
"""Similar places that are shown as pictures."""
IN_A_ROW = 3
MAP_KEY = "cortex map"
ABOUT = (
    "Similar means: the T1-weighted template looks alike around both places, in a window of "
    "{extent} cm. That is the course of folds and gray and white matter; layers and cells are not "
    "seen. {data} In a symmetric template the mirrored place always looks the same."
)


def cortex_page() -> None:
    """Draw the page."""
    st.title("Where does the cortex look like this?")
    try:
        name = ask_encoder()
        if name is None:
            st.info(
                "No encoder of cortical places is released here yet (weights/cortex is empty); "
                "train `cortex-geodesic` and release it with "
                "`python -m brainseek.trainers.release`."
            )
            return
        show_cortex(cortex_gallery(name))
    except BrainseekError as error:
        st.error(literal(str(error)))


def show_cortex(gallery: CortexGallery) -> None:
    """Draw everything about one encoder."""
    surface = gallery.surface
    start = vertex_near(surface, gallery.vertices, START_MM)[0]
    vertex = state.chosen_vertex(surface, start)
    settings = ask_settings()
    labels, missing = loading.named_areas(surface.name)
    canvas, facts = st.columns([3, 2], gap="large")
    with facts:
        show_place(gallery, labels, vertex)
        similarity, places = answer(gallery, vertex, settings)
        if places:
            show_table(gallery, labels, vertex, places)
    with canvas:
        show_canvas(gallery, labels, vertex, settings, similarity, places)
    if places:
        show_pictures(gallery, labels, vertex, places)
    show_map(gallery, labels, vertex, similarity, places)
    if missing:
        st.caption(literal(missing))
    show_about(gallery)


def answer(
    gallery: CortexGallery, vertex: int, settings: CortexSettings
) -> tuple[NDArray[np.float32], list[SimilarPlace]]:
    """Return the similarity of every vertex and the places that look like one."""
    nothing = np.full(len(gallery.surface), np.nan, np.float32)
    if vertex not in gallery.vertices:
        st.warning(
            f"Vertex {vertex} lies on the medial wall, where there is no cortex and nothing to "
            "compare; click a lighter place."
        )
        return nothing, []
    similarity = gallery.similarity(vertex)
    try:
        apart = 1000.0 * settings.apart_mm
        return similarity, loading.similar_places(
            gallery.encoder, vertex, settings.k, apart, gallery
        )
    except BrainseekError as error:
        st.error(literal(str(error)))
        return similarity, []


def show_place(gallery: CortexGallery, labels: VertexLabels | None, vertex: int) -> None:
    """Say which place is chosen, and offer others."""
    surface = gallery.surface
    area = "" if labels is None else area_of(labels, vertex) or NO_AREA
    st.markdown(
        f"**{hemisphere_of(surface, vertex).capitalize()} hemisphere, "
        f"MNI {mm_text(mm_of(surface, vertex))} mm**" + (f"  \n{literal(area)}" if area else "")
    )
    if state.problem():
        st.error(literal(state.problem()))
    elif state.remark():
        st.caption(literal(state.remark()))
    by_mm, by_number = st.tabs(["Go to coordinates", "Go to a vertex"])
    with by_mm, st.form("cortex go to mm", border=False):
        columns = st.columns([2, 2, 2, 1.6], vertical_alignment="bottom")
        for column, axis, key in zip(columns, "xyz", state.MM_INPUTS, strict=False):
            column.number_input(f"{axis} (mm)", key=key, step=1.0, format="%.1f")
        columns[3].form_submit_button("Go to", on_click=_go_to_mm, args=(gallery,), width="stretch")
    with by_number, st.form("cortex go to vertex", border=False):
        columns = st.columns([6, 1.6], vertical_alignment="bottom")
        columns[0].number_input("Number of the vertex", key=state.VERTEX_INPUT, step=1)
        columns[1].form_submit_button(
            "Go to", on_click=_go_to_vertex, args=(gallery,), key="go to vertex", width="stretch"
        )


def _go_to_mm(gallery: CortexGallery) -> None:
    x, y, z = (float(st.session_state[key]) for key in state.MM_INPUTS)

    def change() -> None:
        vertex, away = vertex_near(gallery.surface, gallery.vertices, (x, y, z))
        state.choose(gallery.surface, vertex, f"This vertex lies {away:.1f} mm from the point.")

    state.with_sentence(change)


def _go_to_vertex(gallery: CortexGallery) -> None:
    vertex = int(st.session_state[state.VERTEX_INPUT])
    state.with_sentence(lambda: state.choose(gallery.surface, vertex))


def show_canvas(
    gallery: CortexGallery,
    labels: VertexLabels | None,
    vertex: int,
    settings: CortexSettings,
    similarity: NDArray[np.float32],
    places: list[SimilarPlace],
) -> None:
    """Show the painted cortex."""
    surface = gallery.surface
    shape, view = loading.drawn_cortex(surface.name, settings.smooth, settings.six, gallery)
    colours, legend = loading.folds(shape, gallery), None
    if np.isfinite(similarity).any():
        scale = scale_of(similarity, settings.percent, settings.colour_map)
        colours = painted(colours, shape.sulcus, similarity, scale)
        legend = (scale, "cosine similarity; gray: lower")
    marks = [Mark(vertex, "", "the chosen place")]
    for rank, place in enumerate(places):
        said = f"#{rank}, {place.score:.3f}, {area_of(labels, place.vertex)}".rstrip(", ")
        marks.append(Mark(place.vertex, str(rank), said))
    on_pick = partial(state.choose, surface)
    pick_vertex(view, view.paint(colours), marks, legend, on_pick, key="picked vertex")
    st.caption(
        "Click a place. Ring: the chosen place; numbers: similar places, 0 the best; broken "
        "outline: hidden in a fold. Darkest gray: medial wall."
    )


def show_table(
    gallery: CortexGallery,
    labels: VertexLabels | None,
    vertex: int,
    places: list[SimilarPlace],
) -> None:
    """Show the similar places as a table and offer them as a file."""
    st.markdown("**Similar places**")
    rows = table_rows(gallery.surface, vertex, places, labels)
    shown = {
        "rank": st.column_config.NumberColumn(width=50),
        "side": st.column_config.TextColumn(width=50),
        "MNI (mm)": st.column_config.TextColumn(width=95),
        "score": st.column_config.NumberColumn(format="%.3f", width=60),
        ALONG: st.column_config.TextColumn(width=85),
    }
    st.dataframe(rows, hide_index=True, width="stretch", column_config=shown)
    st.download_button(
        "Download CSV",
        csv_text(gallery.surface, vertex, places, labels, gallery.encoder),
        file_name=f"similar-to-vertex-{vertex}.csv",
        mime="text/csv",
    )


def show_pictures(
    gallery: CortexGallery,
    labels: VertexLabels | None,
    vertex: int,
    places: list[SimilarPlace],
) -> None:
    """Show what the template looks like at the chosen place and at the best ones."""
    st.subheader("What they look like", divider="gray")
    view = loading.encoder_view(gallery.encoder)
    patches = loading.template_patches(gallery.data, view)
    shown = [("**The chosen place**", vertex)]
    shown += [(f"**#{rank}**   {p.score:.3f}", p.vertex) for rank, p in enumerate(places)]
    shown = shown[: PICTURED + 1]
    for start in range(0, len(shown), IN_A_ROW):
        row = shown[start : start + IN_A_ROW]
        for column, (heading, here) in zip(st.columns(IN_A_ROW), row, strict=False):
            with column:
                st.markdown(heading)
                st.image(planes_picture(patches, here), width="stretch")
                side = hemisphere_of(gallery.surface, here)
                where = f"{side}, MNI {mm_text(mm_of(gallery.surface, here))} mm"
                st.caption(literal("  ·  ".join(filter(None, (where, area_of(labels, here))))))
                if here != vertex:
                    st.button(
                        "Go to", key=f"go to {here}",
                        on_click=state.choose, args=(gallery.surface, here),
                    )  # fmt: skip
    depth = (0.5 - view.outside) * view.extent_um / 1000
    seen = "the first of them" if view.planes == 1 else "all three"
    st.caption(
        "Each from left to right: along the cortex to the front, at right angles to that, and "
        f"parallel to the surface {depth:.0f} mm below it. Top: outside the brain; the cross "
        f"marks the place. The encoder sees {seen}, at {view.pixel_um / 1000:g} mm a pixel."
    )


def show_map(
    gallery: CortexGallery,
    labels: VertexLabels | None,
    vertex: int,
    similarity: NDArray[np.float32],
    places: list[SimilarPlace],
) -> None:
    """Show all vertices as the encoder arranges them."""
    st.subheader("How the encoder arranges the cortex", divider="gray")
    by = st.selectbox("Colours", colourings(labels), key="cortex map colours", width=280)
    numbers = [place.vertex for place in places]
    points = loading.map_points(gallery.encoder, labels is not None, gallery, labels)
    areas = marked_areas(points, [vertex, *numbers])
    table = coloured(points, by, areas, similarity)
    chart = map_chart(table, by, areas, vertex, numbers)
    st.vega_lite_chart(
        table.drop(columns="front"), chart, width="stretch", key=MAP_KEY,
        on_select=partial(_picked_on_map, gallery), selection_mode=PICK,
    )  # fmt: skip
    st.caption(
        "Every vertex of the cortex, by the first two principal components of its vector; what "
        "lies apart here can still be near in the other directions. Click a point to choose it."
    )


def _picked_on_map(gallery: CortexGallery) -> None:
    picked = st.session_state[MAP_KEY].selection.get(PICK, [])
    if picked:
        state.choose(gallery.surface, int(picked[0]["vertex"]))


def show_about(gallery: CortexGallery) -> None:
    """Say what similarity means here and what it does not."""
    view = loading.encoder_view(gallery.encoder)
    data = f"Here: {cortex_volume_remark(gallery.data)}."
    st.caption(literal(ABOUT.format(extent=f"{view.extent_um / 10_000:.0f}", data=data)))
    st.caption(f"encoder {literal(gallery.encoder)}")
