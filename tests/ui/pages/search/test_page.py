"""The page for collections: what it shows without a browser, and a click in a real one."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from brainseek.embedder.registry import load_encoder
from brainseek.index.collection import Collection
from brainseek.index.queries import ByImage, ByRow, ByWords
from brainseek.index.table.schema import Row
from brainseek.ui.pages.search.state import IMAGE, PLACE
from tests.index.made_patches import DIM, ENCODER, patches, unit
from tests.ui.made_browser import chromium_page, served_app
from tests.ui.made_sections import ACROSS, DOWN, FILES, SIDE, made_sections

st = pytest.importorskip("streamlit", reason="Streamlit is not installed")
testing = pytest.importorskip("streamlit.testing.v1", reason="Streamlit is not installed")


def script() -> None:
    from brainseek.ui.pages.search.page import search_page

    search_page()


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with nothing cached, in an empty folder."""
    st.cache_data.clear()
    st.cache_resource.clear()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return made_sections(tmp_path)


def opened(uri: Path | str) -> "testing.AppTest":
    """Return the page after the folder of a collection was typed."""
    app = testing.AppTest.from_function(script, default_timeout=60).run()
    return checked(app.text_input(key="collection path").input(str(uri)).run())


def checked(app: "testing.AppTest") -> "testing.AppTest":
    assert not app.exception, app.exception
    return app


def row_id(app: "testing.AppTest", row: str) -> "testing.AppTest":
    return checked(app.text_input(key="row id").input(row).run())


def shown(app: "testing.AppTest") -> list[str]:
    """Return the ids of the shown rows, by their buttons."""
    keys = [button.key for button in app.button if button.key]
    return [key.removeprefix("more ") for key in keys if key.startswith("more ")]


def test_without_a_collection_it_offers_an_example() -> None:
    app = checked(testing.AppTest.from_function(script, default_timeout=60).run())
    assert "no collection here yet" in app.info[0].value
    assert [button.label for button in app.button] == ["Make an example"]


def test_collections_are_found(tmp_path: Path, cache_dir: Path) -> None:
    made_sections(tmp_path)
    for place in (tmp_path / "work" / "mine", cache_dir / "collections" / "mine"):
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(tmp_path / "c", place)
    (tmp_path / "work" / "no collection").mkdir()
    app = checked(testing.AppTest.from_function(script, default_timeout=60).run())
    assert app.selectbox(key="collection").options == ["mine (work)", "mine (collections)"]
    facts = app.sidebar.caption[-1].value
    assert "24 rows" in facts
    assert ENCODER in facts
    assert "exact" in facts


def test_a_row_and_what_is_like_it(collection: Collection) -> None:
    app = opened(collection.uri)
    assert shown(app) == [], "first a patch is to be clicked"
    assert "12 patches of this section; click one" in app.main.caption[-1].value
    row = collection.ids()[4]
    row_id(app, row)
    hits = collection.search(ByRow(row), 12)
    assert shown(app) == hits.ids
    headings = [m.value for m in app.markdown if m.value.startswith("**#")]
    assert headings == [f"**#{hit.rank}**   {hit.score:.3f}" for hit in hits]
    assert any(m.value == "**Which structure?**" for m in app.markdown)
    app.slider(key="hits").set_value(3).run()
    assert shown(checked(app)) == hits.ids[:3]
    app.text_input(key="where").input("stain = 'ish' and structure = 'GM'").run()
    wanted = collection.search(ByRow(row), 3, where="stain = 'ish' and structure = 'GM'")
    assert shown(checked(app)) == wanted.ids
    app.text_input(key="where").input("").run()
    app.text_input(key="match").input("dentate").run()
    assert shown(checked(app)) == collection.search(ByRow(row), 3, match="dentate").ids
    row_id(app, "")
    assert shown(app) == collection.search(ByWords("dentate"), 3).ids


def test_more_like_a_hit_and_back(collection: Collection) -> None:
    app = opened(collection.uri)
    first = collection.ids("source_uri like '%s0.png'")[0]
    row_id(app, first)
    hits = collection.search(ByRow(first), 12)
    other = next(hit.row for hit in hits if hit.row["source_uri"].endswith("s1.png"))
    app.button(key=f"more {other['id']}").click().run()
    assert app.text_input(key="row id").value == other["id"]
    assert app.selectbox(key="section file").value == other["source_uri"]
    assert shown(checked(app)) == collection.search(ByRow(other["id"]), 12).ids
    app.button(key="back").click().run()
    assert app.text_input(key="row id").value == first
    assert shown(checked(app)) == hits.ids
    app.button(key="back").click().run()
    assert app.text_input(key="row id").value == ""
    assert not [button for button in app.button if button.key == "back"]


def test_a_place_in_the_atlas(collection: Collection) -> None:
    app = opened(collection.uri)
    app.radio(key="ask").set_value(PLACE).run()
    for name, value in (("ap_um", 1000.0), ("dv_um", 4100.0), ("ml_um", 8000.0)):
        app.number_input(key=f"place {name}").set_value(value).run()
    assert "lies 0.10 mm from there" in app.main.caption[0].value
    row = collection.at(1000, 4100, 8000, k=1)[0].row["id"]
    assert shown(checked(app)) == collection.search(ByRow(row), 12).ids


def test_an_image(collection: Collection, tmp_path: Path) -> None:
    encoder = load_encoder("plates-mouse-nissl")
    vectors = unit(30, dim=encoder.dim)
    rows = [replace(row, vector=vector) for row, vector in zip(patches(30), vectors, strict=True)]
    Collection.create(tmp_path / "real", encoder.identity, encoder.dim, rows)
    collection = Collection.open(tmp_path / "real")
    app = opened(collection.uri)
    app.radio(key="ask").set_value(IMAGE).run()
    assert len(shown(checked(app))) == 12, "some rows to begin with"
    app.text_input(key="search path").input(str(tmp_path / "s1.png")).run()
    alike = collection.search(ByImage(tmp_path / "s1.png"), 12).ids
    assert shown(checked(app)) == alike
    app.text_input(key="search path").input(str(tmp_path / "none.png")).run()
    assert "none.png" in only_error(app)
    app.text_input(key="search path").input("").run()
    content = (tmp_path / "s1.png").read_bytes()
    app.file_uploader(key="search upload").upload("slide.png", content, "image/png").run()
    assert shown(checked(app)) == alike
    hit = shown(app)[0]
    app.button(key=f"more {hit}").click().run()
    assert shown(checked(app)) == collection.search(ByRow(hit), 12).ids
    app.button(key="back").click().run()
    assert app.radio(key="ask").value == IMAGE
    assert shown(checked(app)) == alike


def only_error(app: "testing.AppTest") -> str:
    assert not app.exception
    assert len(app.error) == 1, [error.value for error in app.error]
    return str(app.error[0].value).replace("\\", "")


def test_what_is_wrong_is_said_in_a_sentence(collection: Collection, tmp_path: Path) -> None:
    app = opened(tmp_path / "none")
    assert "holds no collection" in only_error(app)
    app.text_input(key="collection path").input(collection.uri).run()
    app.text_input(key="where").input("colour = 1").run()
    assert "colour" in only_error(app), "without a query"
    row_id(app, collection.ids()[0])
    assert "colour" in only_error(app)
    assert shown(app) == []
    app.text_input(key="where").input("stain = 'none'").run()
    assert not app.error
    assert app.info[-1].value == "No row fulfils the condition."
    app.text_input(key="where").input("").run()
    row_id(app, "unknown")
    assert "no row of" in only_error(app)
    row_id(app, "")
    app.radio(key="ask").set_value(IMAGE).run()
    app.text_input(key="search path").input(str(tmp_path / "s0.png")).run()
    assert "Unknown encoder 'made'" in only_error(app)


def test_a_section_that_is_gone_shows_its_patches(collection: Collection, tmp_path: Path) -> None:
    (tmp_path / FILES[0]).unlink()
    app = opened(collection.uri)
    assert FILES[0] in app.info[0].value
    assert sorted(shown(app)) == collection.ids("source_uri like '%s0.png'")
    Collection.create(tmp_path / "d", ENCODER, DIM)
    assert "is empty" in opened(tmp_path / "d").info[0].value


def test_earlier_times(collection: Collection) -> None:
    collection.snapshot("full")
    collection.delete("stain = 'ish'")
    app = opened(collection.uri)
    assert "12 rows" in app.sidebar.caption[-1].value
    app.selectbox(key="snapshot").set_value("full").run()
    assert "24 rows" in checked(app).sidebar.caption[-1].value
    row = collection.ids()[0]
    row_id(app, row)
    full = Collection.open(collection.uri, snapshot="full")
    assert shown(app) == full.search(ByRow(row), 12).ids


def test_new_rows_are_seen_and_a_new_collection_is_another(
    collection: Collection, tmp_path: Path
) -> None:
    app = opened(collection.uri)
    Collection.open(collection.uri).add([Row(unit(1, seed=9)[0], "patch", "new.png")])
    app.run()
    assert "25 rows" in checked(app).sidebar.caption[-1].value
    shutil.rmtree(collection.uri)
    Collection.create(collection.uri, ENCODER, DIM, [Row(unit(1)[0], "section", "a.png")])
    app.run()
    assert "1 rows" in checked(app).sidebar.caption[-1].value


def test_hostile_rows_stay_text(tmp_path: Path) -> None:
    bad = "![x](http://host/p.png) [l](u) <b>$x$ :red[r]"
    rows = [
        Row(vector, "patch", f"{bad}{i}", structure=bad, stain=bad, thumbnail=b"\x89PNG no")
        for i, vector in enumerate(unit(3))
    ]
    uri = tmp_path / "c"
    app = opened(Collection.create(uri, ENCODER, DIM, rows).uri)
    assert len(shown(app)) == 3
    row_id(app, shown(app)[0])
    captions = [caption.value for caption in app.caption]
    assert captions.count("no picture") == 3
    assert any(r"\!\[x\](http\://host/p.png)" in text for text in captions)
    assert not any("![x]" in text for text in captions)


@pytest.mark.browser
def test_a_click_in_a_real_browser(tmp_path: Path, cache_dir: Path) -> None:
    collection = made_sections(tmp_path)
    (cache_dir / "collections").mkdir(parents=True)
    shutil.copytree(tmp_path / "c", cache_dir / "collections" / "c")
    with chromium_page() as page, served_app() as url:
        page.goto(url)
        page.get_by_text("Search a collection").click(timeout=60_000)
        stage = page.locator(".stage")
        stage.wait_for(timeout=60_000)
        page.wait_for_function("document.querySelector('h1').textContent.includes('looks')")
        box = stage.bounding_box()
        assert box["width"] / box["height"] == pytest.approx(ACROSS / DOWN, rel=0.01)
        assert stage.locator("rect.patch").count() == ACROSS * DOWN
        # The third patch of the second line.
        page.mouse.click(
            box["x"] + box["width"] * 2.4 / ACROSS, box["y"] + box["height"] * 1.6 / DOWN
        )
        where = f"source_uri like '%s0.png' and window_row = {SIDE} and window_column = {2 * SIDE}"
        (wanted,) = collection.ids(where)
        page.get_by_role("button", name="More like this").nth(11).wait_for(timeout=90_000)
        assert page.get_by_role("textbox", name="Row", exact=True).input_value() == wanted
        hits = collection.search(ByRow(wanted), 12)
        assert page.get_by_text(f"#0 {hits[0].score:.3f}").count() == 1
        here = [hit for hit in hits if hit.row["source_uri"].endswith("s0.png")]
        assert stage.locator("rect.hit").count() == len(here)
        assert stage.locator("rect.chosen").count() == 1
        with page.expect_download() as download:
            page.get_by_role("button", name="Download JSON").click()
        saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
        assert [hit["id"] for hit in saved["hits"]] == hits.ids
        assert saved["query"] == {"row": wanted}
