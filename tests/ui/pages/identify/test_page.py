"""The first page of the app: what it shows without a browser, and once in a real one."""

from pathlib import Path

import pytest
from PIL import Image

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.registration.plates.demo import demo_sections
from brainseek.registration.plates.encoder_choice import choose_encoder
from brainseek.registration.plates.identify import identify
from brainseek.ui.reports.answers import percent
from tests.ui.made_browser import APP, chromium_page, served_app

streamlit = pytest.importorskip("streamlit", reason="Streamlit is not installed")
testing = pytest.importorskip("streamlit.testing.v1", reason="Streamlit is not installed")


def test_an_example_is_identified_at_once() -> None:
    app = testing.AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    assert not app.error
    found = identify(demo_sections(6)[0].section, atlas="mni152")
    best = found.candidates[0]
    assert f"Most likely **plate {best.plate} at" in app.success[0].value
    assert f"none of the plates: {percent(found.none_of_these)}" in app.success[0].value
    assert len([m for m in app.markdown if m.value.startswith("**plate")]) == 5
    assert any(choose_encoder("mni152").identity in caption.value for caption in app.caption)
    app.slider(key="k").set_value(7).run()
    assert len([m for m in app.markdown if m.value.startswith("**plate")]) == 7
    app.slider(key="opacity").set_value(1.0).run()
    assert not app.exception


def test_a_file_on_this_machine_and_a_bad_one(tmp_path: Path) -> None:
    app = testing.AppTest.from_file(str(APP), default_timeout=60).run()
    app.radio(key="source").set_value("File on this machine").run()
    assert "Choose an image" in app.info[0].value
    app = identified_on("mni152", tmp_path)
    assert not app.exception
    assert "Most likely **plate 44 at" in app.success[0].value
    (tmp_path / "bad.png").write_bytes(b"no image")
    app.text_input(key="path").input(str(tmp_path / "bad.png")).run()
    assert not app.exception
    assert len(app.error) == 1
    assert "bad.png" in app.error[0].value


def test_positions_are_those_of_the_atlas_that_was_chosen(tmp_path: Path, shared_data) -> None:
    app = identified_on("mouse-nissl", tmp_path)
    assert not app.exception
    assert not app.error
    count = len(load_atlas("mouse-nissl").plates)
    said = " ".join(caption.value for caption in app.caption)
    assert f"Ticks: all {count} plates of mouse-nissl." in said
    assert not any("not on this machine" in name for name in app.selectbox(key="atlas").options)


def test_an_atlas_whose_data_are_missing_is_shown_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("BRAINSEEK_MIRROR", str(tmp_path / "empty"))
    streamlit.cache_data.clear()
    streamlit.cache_resource.clear()
    app = identified_on("mouse-nissl", tmp_path)
    assert not app.exception
    labels = app.selectbox(key="atlas").options
    assert "mni152" in labels
    assert "mouse-ccf (data not on this machine)" in labels
    assert "none of these" in app.warning[0].value
    assert any("data get mouse-nissl-plates" in info.value for info in app.info)
    assert any("Bars: confidence of the candidates. Best:" in c.value for c in app.caption)
    streamlit.cache_data.clear()
    streamlit.cache_resource.clear()


def identified_on(atlas: str, tmp_path: Path):
    """The app with plate 44 of mni152 identified on an atlas."""
    Image.fromarray(load_atlas("mni152").plate_image(44)).save(tmp_path / "slide.png")
    app = testing.AppTest.from_file(str(APP), default_timeout=60).run()
    app.radio(key="source").set_value("File on this machine").run()
    app.selectbox(key="atlas").set_value(atlas).run()
    return app.text_input(key="path").input(str(tmp_path / "slide.png")).run()


def test_streamlit_looks_for_no_pages_of_its_own() -> None:
    """Else a page that is opened by its address greets with 'Page not found'."""
    assert not (APP.parent / "pages").exists()


@pytest.mark.browser
def test_a_real_browser_shows_the_page() -> None:
    with chromium_page() as page, served_app() as url:
        page.goto(url)
        page.get_by_text("Which plate is this?").wait_for(timeout=60_000)
        page.get_by_text("Most likely").first.wait_for(timeout=90_000)
        page.locator("img").nth(5).wait_for(timeout=60_000)
        page.get_by_text("Upload", exact=True).click()
        page.get_by_text("Choose an image in the sidebar.").wait_for(timeout=30_000)
        assert page.get_by_text("Most likely").count() == 0
