"""The page for the cortex: what it shows without a browser."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.surfaces.vertex_labels import kept_labels
from brainseek.registration.cortex.gallery import CortexGallery
from brainseek.ui.pages.cortex.place import mm_of, vertex_near
from brainseek.ui.pages.cortex.state import MM_INPUTS, VERTEX_INPUT
from brainseek.ui.pages.cortex.table import MIRRORED
from brainseek.ui.pages.cortex.vector_map import AREAS, FRONT, SIDE, SIMILARITY
from tests.ui.made_gallery import gallery, released, weights
from tests.ui.made_places import NAME, release_made_places

st = pytest.importorskip("streamlit", reason="Streamlit is not installed")
testing = pytest.importorskip("streamlit.testing.v1", reason="Streamlit is not installed")
pytest.importorskip("potpourri3d", reason="distances along the surface need potpourri3d")


__all__ = ["gallery", "released", "weights"]


def script() -> None:
    from brainseek.ui.pages.cortex.page import cortex_page

    cortex_page()


@pytest.fixture
def no_areas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Area names are not on this machine."""
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
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(tmp_path))
    app = opened()
    assert [info.value.count("brainseek.trainers.release") for info in app.info] == [1]
    assert not app.error


def test_a_damaged_gallery_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release_made_places(tmp_path)
    (tmp_path / "cortex" / f"{NAME}.gallery.safetensors").write_bytes(b"none")
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(tmp_path))
    assert f"{NAME}.gallery.safetensors" in only_error(opened())


def test_several_encoders_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release_made_places(tmp_path)
    release_made_places(tmp_path, "another")
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(tmp_path))
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
    labels = kept_labels("fsaverage5", "julich")
    name = labels.names[int(labels.ids[vertex_of(app)])].removesuffix(" left")
    assert name in heading(app).replace("\\", "")
    assert app.selectbox(key="cortex map colours").value == AREAS
    assert app.dataframe[0].value["area"].str.len().max() > 3
