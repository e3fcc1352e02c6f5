"""Places of the cortex in words, as a table, as points of a map and as pictures."""

import csv
import io
import math

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.vertex_labels import VertexLabels
from brainseek.registration.cortex.gallery import CortexGallery, SimilarPlace
from brainseek.ui.pages.cortex.place import (
    checked_vertex,
    hemisphere_of,
    mm_of,
    mm_text,
    vertex_near,
)
from brainseek.ui.pages.cortex.table import ELSEWHERE, MIRRORED, csv_text, is_mirrored, table_rows
from brainseek.ui.pages.cortex.vector_map import (
    AREAS,
    FRONT,
    OTHER,
    PALETTE,
    SIDE,
    SIMILARITY,
    coloured,
    colourings,
    map_chart,
    map_table,
    marked_areas,
)
from tests.ui.made_gallery import gallery, released, weights

pytest.importorskip("streamlit", reason="Streamlit is not installed")
pytest.importorskip("potpourri3d", reason="distances along the surface need potpourri3d")

__all__ = ["gallery", "released", "weights"]


def test_a_vertex_near_a_point_by_a_loop(gallery: CortexGallery) -> None:
    surface, among = gallery.surface, gallery.vertices[::50]
    point = (-30.0, 40.0, 30.0)
    best = min(among, key=lambda v: math.dist(mm_of(surface, int(v)), point))
    assert vertex_near(surface, among, point) == (
        best, pytest.approx(math.dist(mm_of(surface, int(best)), point)),
    )  # fmt: skip
    for bad in ((math.nan, 0, 0), (math.inf, 0, 0), (0, 200, 0)):
        with pytest.raises(BrainseekError, match="in mm, such as -42 -22 54"):
            vertex_near(surface, among, bad)
    with pytest.raises(BrainseekError, match="vertex -5 does not exist"):
        checked_vertex(surface, -5)
    assert mm_text((-0.6, 12.4, -99.5)) == "−1, 12, −100"
    assert mm_text((-0.2, 0.2, 0.0)) == "0, 0, 0"


def test_table_and_file_hold_the_same_places(gallery: CortexGallery) -> None:
    surface = gallery.surface
    places = gallery.nearest(700, 6, 15_000.0)
    ids = np.where(surface.hemisphere == 0, 1, 1001).astype(np.int32)
    labels = VertexLabels(ids, {1: 'Area "x", y left', 1001: 'Area "x", y right'})
    rows = table_rows(surface, 700, places, labels)
    text = csv_text(surface, 700, places, labels, gallery.encoder)
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [int(line["rank"]) for line in lines] == [row["rank"] for row in rows] == [*range(6)]
    across = 0
    for place, row, line in zip(places, rows, lines, strict=True):
        assert int(line["vertex"]) == place.vertex
        assert line["area"] == row["area"] == 'Area "x", y'
        at = [float(line[f"{axis}_mm"]) * 1000 for axis in "xyz"]
        assert at == pytest.approx(list(place.point_um), abs=6)
        assert float(line["score"]) == pytest.approx(row["score"], abs=1e-5)
        if place.hemisphere == hemisphere_of(surface, 700):
            assert float(line["distance_mm"]) == pytest.approx(place.distance_um / 1000, abs=0.01)
            assert row["along (mm)"] == f"{place.distance_um / 1000:.0f}"
        else:
            across += 1
            assert line["distance_mm"] == ""
            assert row["along (mm)"] in (ELSEWHERE, MIRRORED)
    assert across
    assert "area" not in table_rows(surface, 700, places, None)[0]
    assert csv_text(surface, 700, [], None, "e@1").count("\n") == 1


def test_mirrored_is_what_lies_opposite() -> None:
    surface = load_surface("fsaverage5")
    mirrored = np.array(mm_of(surface, 700)) * (-1, 1, 1)
    among = np.flatnonzero(surface.hemisphere == 1)
    opposite = vertex_near(surface, among, tuple(mirrored))[0]
    assert is_mirrored(surface, 700, opposite)
    assert not is_mirrored(surface, 700, 700)
    far = int(among[np.linalg.norm(surface.vertices_um[among] / 1000 - mirrored, axis=1).argmax()])
    assert not is_mirrored(surface, 700, far)
    # Two places beside the midline may be close to each other's mirror on the same side.
    middle = int(np.abs(surface.vertices_um[:, 0]).argmin())
    assert not is_mirrored(surface, middle, middle)


def test_the_map_colours_the_areas_of_the_marked_places(gallery: CortexGallery) -> None:
    surface, vertices = gallery.surface, gallery.vertices
    ids = np.zeros(len(surface), np.int32)
    ids[vertices] = 1 + np.arange(len(vertices)) % 12
    labels = VertexLabels(ids, {n: f"Area {n} left" for n in range(1, 13)})
    table = map_table(surface, vertices, gallery.flat(), labels)
    assert len(table) == len(vertices)
    marked = [int(vertices[n]) for n in (4, 5, 5, 6, 16, 7, 8, 9, 10, 11)]
    areas = marked_areas(table, marked)
    assert areas[:2] == ["Area 5", "Area 6"], "that of the chosen place, then the most named"
    assert len(areas) == len(PALETTE)
    similarity = gallery.similarity(marked[0])
    shown = coloured(table, AREAS, areas, similarity)
    assert (shown["colour"] == shown["area"].where(shown["area"].isin(areas), OTHER)).all()
    assert (shown["colour"] == OTHER).iloc[: (shown["colour"] == OTHER).sum()].all(), "below"
    assert (coloured(table, SIDE, areas, similarity)["colour"] == table["side"]).all()
    by_score = coloured(table, SIMILARITY, areas, similarity)["colour"].to_numpy()
    assert (np.diff(by_score) >= 0).all()
    chart = map_chart(shown, AREAS, areas, marked[0], marked[1:3])
    assert chart["layer"][0]["encoding"]["color"]["scale"]["domain"] == [*areas, OTHER]
    place = int(np.flatnonzero(vertices == marked[0])[0])
    (here,) = chart["layer"][-1]["data"]["values"]
    assert (here["first"], here["second"]) == pytest.approx(tuple(gallery.flat()[place]))
    wall = int(np.flatnonzero(~surface.cortex)[0])
    assert map_chart(table, FRONT, [], wall, [])["layer"][-1]["data"]["values"] == []
    assert colourings(None) == [SIDE, FRONT, SIMILARITY]


def test_pictures_mark_the_place_and_show_the_three_planes(gallery: CortexGallery) -> None:
    from brainseek.registration.cortex.template_patches import TemplatePatches
    from brainseek.ui.pages.cortex.loading import encoder_view
    from brainseek.ui.pages.cortex.pictures import ENLARGED, GAP, planes_picture

    view = encoder_view(gallery.encoder)
    patches = TemplatePatches.open(gallery.data, view)
    frame = patches.cutter.frame
    assert frame.columns * frame.pixel_um == pytest.approx(view.extent_um)
    picture = planes_picture(patches, 700)
    side = frame.columns * ENLARGED
    assert picture.shape == (side, 3 * side + 2 * GAP, 3)
    gray = patches.cutter.planes(700)
    marks = (picture[..., 0] == 229) & (picture[..., 1] == 0) & (picture[..., 2] == 79)
    for number, depth in enumerate((0.3, 0.3, 0.5)):
        left = number * (side + GAP)
        rows, columns = np.nonzero(marks[:, left : left + side])
        assert rows.mean() == pytest.approx(depth * side, abs=2)
        assert columns.mean() == pytest.approx(side / 2, abs=2)
        shown = picture[1::ENLARGED, left + 1 : left + side : ENLARGED, 1].astype(float)
        assert np.corrcoef(shown.ravel(), gray[..., number].ravel())[0, 1] > 0.97


def test_a_similar_place_is_what_the_gallery_says(gallery: CortexGallery) -> None:
    (place,) = gallery.nearest(700, 1, 30_000.0)
    assert isinstance(place, SimilarPlace)
    away = np.linalg.norm(gallery.surface.vertices_um - gallery.surface.vertices_um[700], axis=1)
    similarity = np.where(away >= 30_000, gallery.similarity(700), np.nan)
    assert place.vertex == np.nanargmax(similarity)
