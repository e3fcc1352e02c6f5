"""The page for the cortex: what it shows without a browser, and a click in a real one."""

import csv
import io
import math
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from catalog.errors import BrainseekError
from catalog.surfaces import load_surface
from catalog.vertex_labels import VertexLabels
from registration.cortex_gallery import CortexGallery, SimilarPlace, cortex_gallery
from tests.ui.made_places import NAME, release_made_places
from tests.ui.test_app import APP, CHROMIUM_ARGUMENTS, ROOT
from ui.app_command import streamlit_command
from ui.cortex_map import (
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
from ui.cortex_place import checked_vertex, hemisphere_of, mm_of, mm_text, vertex_near
from ui.cortex_state import MM_INPUTS, VERTEX_INPUT
from ui.cortex_table import ELSEWHERE, MIRRORED, csv_text, is_mirrored, table_rows

st = pytest.importorskip("streamlit", reason="Streamlit is not installed")
testing = pytest.importorskip("streamlit.testing.v1", reason="Streamlit is not installed")
pytest.importorskip("potpourri3d", reason="distances along the surface need potpourri3d")

CLICK = (0.12, 0.25)
"""Share of the picture from left and from the top: the front of the left lateral view."""


def script() -> None:
    from ui.cortex_page import cortex_page

    cortex_page()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    release_made_places(folder)
    return folder


@pytest.fixture(autouse=True)
def released(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedder.place_card.weights_dir", lambda: weights)


@pytest.fixture(scope="module")
def gallery(weights: Path) -> CortexGallery:
    return cortex_gallery(NAME, folder=weights / "cortex")


@pytest.fixture
def no_areas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Area names are not on this machine."""
    from registration.cortex_gallery import kept_labels

    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("BRAINSEEK_MIRROR", str(tmp_path / "empty"))
    kept_labels.cache_clear()
    st.cache_resource.clear()
    yield
    kept_labels.cache_clear()
    st.cache_resource.clear()


def opened(**query: str) -> "testing.AppTest":
    app = testing.AppTest.from_function(script, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return checked(app.run())


def checked(app: "testing.AppTest") -> "testing.AppTest":
    assert not app.exception, app.exception
    return app


def heading(app: "testing.AppTest") -> str:
    return next(m.value for m in app.markdown if "hemisphere" in m.value)


def only_error(app: "testing.AppTest") -> str:
    assert len(app.error) == 1, [error.value for error in app.error]
    return str(app.error[0].value).replace("\\", "")


def go(app: "testing.AppTest", number: int) -> "testing.AppTest":
    """Press the button below coordinates (0) or the number of a vertex (1)."""
    buttons = [button for button in app.button if button.form_id]
    return checked(buttons[number].click().run())


def vertex_of(app: "testing.AppTest") -> int:
    given = app.query_params["vertex"]
    return int(given if isinstance(given, str) else given[0])


def test_it_begins_with_an_example_and_its_similar_places(gallery: CortexGallery) -> None:
    app = opened()
    start = vertex_near(gallery.surface, gallery.vertices, (-42, -22, 54))[0]
    assert vertex_of(app) == start
    assert heading(app).startswith("**Left hemisphere, MNI −42, −21, 56 mm**")
    table = app.dataframe[0].value
    expected = gallery.nearest(start, 8, 20_000.0)
    assert table["score"].tolist() == pytest.approx([p.score for p in expected])
    assert table["rank"].tolist() == list(range(8))
    assert table["side"].tolist() == [p.hemisphere for p in expected]
    assert table["along (mm)"][0] == MIRRORED
    said = " ".join(caption.value for caption in app.caption)
    assert "in a window of 10 cm" in said
    assert "layers and cells are not seen" in said
    assert "the mirrored place always looks the same" in said
    headings = [m.value for m in app.markdown]
    assert "**The chosen place**" in headings
    assert f"**#4**   {expected[4].score:.3f}" in headings
    assert not any(h.startswith("**#5**") for h in headings)
    app.slider(key="cortex k").set_value(3).run()
    app.slider(key="cortex apart").set_value(40).run()
    places = gallery.nearest(start, 3, 40_000.0)
    shown = checked(app).dataframe[0].value["score"].tolist()
    assert shown == pytest.approx([p.score for p in places])


def test_places_are_reached_by_number_by_coordinates_and_by_a_button(
    gallery: CortexGallery,
) -> None:
    app = opened()
    app.number_input(key=VERTEX_INPUT).set_value(15000)
    assert vertex_of(go(app, 1)) == 15000
    assert heading(app).startswith("**Right hemisphere")
    shown = [app.number_input(key=key).value for key in MM_INPUTS]
    assert shown == pytest.approx(mm_of(gallery.surface, 15000), abs=0.051), "inputs follow"
    for key, value in zip(MM_INPUTS, (44.0, 20.0, 10.0), strict=True):
        app.number_input(key=key).set_value(value)
    go(app, 0)
    away = np.linalg.norm(gallery.surface.vertices_um / 1000 - (44, 20, 10), axis=1)
    away[~gallery.surface.cortex] = np.inf
    assert vertex_of(app) == away.argmin()
    assert any(f"lies {away.min():.1f} mm from the point" in c.value for c in app.caption)
    best = gallery.nearest(vertex_of(app), 8, 20_000.0)[0].vertex
    checked(app.button(key=f"go to {best}").click().run())
    assert vertex_of(app) == best
    assert app.number_input(key=VERTEX_INPUT).value == best
    assert not any("from the point" in c.value for c in app.caption)


def test_the_choice_survives_other_settings(gallery: CortexGallery) -> None:
    app = opened(vertex="700")
    assert vertex_of(app) == 700
    app.radio(key="cortex shape").set_value("Folded")
    app.radio(key="cortex views").set_value("Six")
    app.selectbox(key="cortex colour map").set_value("magma").run()
    app.slider(key="cortex percent").set_value((90, 90)).run()
    app.selectbox(key="cortex map colours").set_value(FRONT).run()
    assert vertex_of(checked(app)) == 700
    assert not app.error


@pytest.mark.parametrize("vertex", [-1, 20484, 10**12])
def test_a_vertex_that_does_not_exist(vertex: int) -> None:
    app = opened(vertex="700")
    app.number_input(key=VERTEX_INPUT).set_value(vertex)
    go(app, 1)
    assert only_error(app) == (
        f"vertex {vertex} does not exist on fsaverage5; choose one from 0 to 20483."
    )
    assert vertex_of(app) == 700


@pytest.mark.parametrize("x", [9999.0, -1e300])
def test_a_point_far_from_the_cortex(x: float) -> None:
    app = opened(vertex="700")
    app.number_input(key=MM_INPUTS[0]).set_value(x)
    go(app, 0)
    assert "more than 10 mm from the cortex of fsaverage5" in only_error(app)
    assert vertex_of(app) == 700
    app.number_input(key=VERTEX_INPUT).set_value(800)
    assert not go(app, 1).error, "the sentence goes with the next choice"


@pytest.mark.parametrize("named", ["abc", "-1", "999999999999999999999", "²", ""])
def test_an_address_that_names_no_vertex_says_so_and_begins_anew(named: str) -> None:
    app = opened(vertex=named)
    assert "choose one from 0 to 20483" in only_error(app)
    assert heading(app).startswith("**Left hemisphere, MNI −42, −21, 56 mm**")


def test_the_medial_wall_has_nothing_to_compare(gallery: CortexGallery) -> None:
    wall = int(np.flatnonzero(~gallery.surface.cortex)[5])
    app = opened(vertex=str(wall))
    assert f"Vertex {wall} lies on the medial wall" in app.warning[0].value
    assert not app.error
    assert not len(app.dataframe)


def test_without_an_encoder_it_says_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedder.place_card.weights_dir", lambda: tmp_path)
    app = opened()
    assert [info.value.count("release_places") for info in app.info] == [1]
    assert not app.error


def test_a_damaged_gallery_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release_made_places(tmp_path)
    (tmp_path / "cortex" / f"{NAME}.gallery.safetensors").write_bytes(b"none")
    monkeypatch.setattr("embedder.place_card.weights_dir", lambda: tmp_path)
    from registration import cortex_gallery as module

    module._kept_gallery.cache_clear()
    assert f"{NAME}.gallery.safetensors" in only_error(opened())
    module._kept_gallery.cache_clear()


def test_several_encoders_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release_made_places(tmp_path)
    release_made_places(tmp_path, "another")
    monkeypatch.setattr("embedder.place_card.weights_dir", lambda: tmp_path)
    app = opened()
    assert app.selectbox(key="cortex encoder").options == ["another", NAME]
    app.selectbox(key="cortex encoder").set_value(NAME).run()
    assert any(c.value.startswith(f"encoder {NAME}@") for c in checked(app).caption)


@pytest.mark.usefixtures("no_areas")
def test_without_area_names_it_says_how_to_get_them() -> None:
    app = opened()
    said = " ".join(caption.value for caption in app.caption)
    assert "Areas have no names here" in said
    assert "julich-brain" in said.replace("\\", "")
    assert app.selectbox(key="cortex map colours").options == [SIDE, FRONT, SIMILARITY]
    assert "area" not in app.dataframe[0].value


def test_area_names_are_shown(gallery: CortexGallery, shared_data: Path) -> None:
    app = opened()
    labels = gallery.areas("julich")
    name = labels.names[int(labels.ids[vertex_of(app)])].removesuffix(" left")
    assert name in heading(app).replace("\\", "")
    assert app.selectbox(key="cortex map colours").value == AREAS
    assert app.dataframe[0].value["area"].str.len().max() > 3


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
    from ui.cortex_cached import encoder_view, picture_cutter
    from ui.cortex_pictures import ENLARGED, GAP, planes_picture

    view = encoder_view(gallery.encoder)
    cutter = picture_cutter(gallery.data, view.extent_um, view.outside)
    assert cutter.frame.columns * cutter.frame.pixel_um == pytest.approx(view.extent_um)
    picture = planes_picture(cutter, 700)
    side = cutter.frame.columns * ENLARGED
    assert picture.shape == (side, 3 * side + 2 * GAP, 3)
    gray = cutter.planes(700)
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


@pytest.fixture
def server(weights: Path, tmp_path: Path):
    """Start the app with the made encoder, and stop it afterwards."""
    start = tmp_path / "start.py"
    start.write_text(
        "import runpy, sys\nfrom pathlib import Path\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import embedder.place_card\n"
        f"embedder.place_card.weights_dir = lambda: Path({str(weights)!r})\n"
        f"runpy.run_path({str(APP)!r}, run_name='__main__')\n",
        encoding="utf-8",
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(start) if part == str(APP) else part for part in streamlit_command(port, True)]
    assert str(start) in command
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.browser
def test_a_click_in_a_real_browser(gallery: CortexGallery, request: pytest.FixtureRequest) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    from ui.cortex_shape import cortex_shape
    from ui.cortex_view import cortex_view

    view = cortex_view(gallery.surface, cortex_shape(gallery.surface, smooth=True))
    height, width = view.vertex.shape
    across, down = CLICK
    url = request.getfixturevalue("server")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.goto(f"{url}/cortex?vertex=12000")
        stage = page.locator(".stage")
        stage.wait_for(timeout=120_000)
        box = stage.bounding_box()
        assert box["width"] / box["height"] == pytest.approx(width / height, rel=0.01)
        assert stage.locator("g.place").count() >= 8
        assert stage.locator("g.query").count() >= 1
        x, y = box["width"] * across, box["height"] * down
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.wait_for_function("!location.search.endsWith('=12000')", timeout=60_000)
        found = int(page.url.split("=")[1])
        # The browser rounds the position of the pointer to its own pixels.
        near = {
            view.vertex_at(height * (y + dy) / box["height"], width * (x + dx) / box["width"])
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
        }
        assert found in near
        best = gallery.nearest(found, 8, 20_000.0)[0]
        page.get_by_text(f"#0 {best.score:.3f}").wait_for(timeout=60_000)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        saved = Path(download.value.path()).read_text(encoding="utf-8")
        assert f"0,{best.vertex}," in saved
        browser.close()
