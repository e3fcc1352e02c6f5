"""The page for several stains: what it shows, on made pairs and an encoder that sees them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import PairStore, pair_stores, save_pairs
from brainseek.index.collection import Collection
from brainseek.index.derived.pairs import EVERY_UM, pair_collection, pair_collection_here
from tests.embedder.made_multimodal_encoder import SeeingEncoder, made_pair, release_untrained

st = pytest.importorskip("streamlit", reason="Streamlit is not installed")
testing = pytest.importorskip("streamlit.testing.v1", reason="Streamlit is not installed")

NAME = "made"
FRAME = PairFrame(32, 25.0)


def script() -> None:
    from brainseek.ui.pages.modalities.page import stains_page

    stains_page()


@pytest.fixture
def encoder() -> SeeingEncoder:
    made = SeeingEncoder(name=NAME)
    made.network.eval()
    return made


@pytest.fixture(autouse=True)
def released(encoder: SeeingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Release an encoder that sees through the contrast; no template is on this machine."""
    folder = tmp_path / "weights" / "modalities"
    release_untrained(folder, NAME)
    (folder / f"{NAME}.json").write_text(encoder.card.to_json(), encoding="utf-8")
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("BRAINSEEK_MIRROR", str(tmp_path / "empty"))
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(
        "brainseek.ui.pages.modalities.loading.load_encoder", lambda name, kind: encoder
    )
    monkeypatch.setattr("brainseek.index.fill.pairs._atlas", lambda name: None)
    monkeypatch.setattr("brainseek.index.fill.pairs.places_at", _places)
    st.cache_resource.clear()
    st.cache_data.clear()
    return folder


def _places(atlas, points):
    from brainseek.index.writing.places import Place

    return [Place(*point, 315, "Isocortex") for point in points.tolist()]


@pytest.fixture
def pairs(cache_dir: Path) -> list[SectionPair]:
    # Five groups apart: none is a neighbour of another.
    from dataclasses import replace

    made = [replace(made_pair(number), group=5 * number) for number in range(4)]
    save_pairs(made, cache_dir / "pairs" / "nissl-af")
    return made


@pytest.fixture
def store(pairs: list[SectionPair]) -> PairStore:
    (store,) = pair_stores()
    return store


@pytest.fixture
def gallery(store: PairStore, pairs: list[SectionPair], encoder: SeeingEncoder) -> Collection:
    return pair_collection(store, pairs, encoder, lambda share: None)


def opened() -> "testing.AppTest":
    return checked(testing.AppTest.from_function(script, default_timeout=60).run())


def checked(app: "testing.AppTest") -> "testing.AppTest":
    assert not app.exception, app.exception
    return app


def said(app: "testing.AppTest") -> str:
    parts = [*app.caption, *app.info, *app.markdown]
    return " ".join(str(part.value) for part in parts).replace("\\", "")


def headings(app: "testing.AppTest") -> list[str]:
    return [m.value for m in app.markdown if m.value.startswith("**#")]


def test_matches_partner_and_rank_are_those_of_a_loop(
    pairs: list[SectionPair], gallery: Collection, encoder: SeeingEncoder
) -> None:
    app = opened()
    assert not app.error
    assert app.selectbox(key=_pair_key(app)).value == 2, "the middle pair"
    pair = pairs[2]
    centres = tissue_centres(pair, FRAME, EVERY_UM)
    middle = np.array(pair.first.image.shape) * 0.3
    start = int(((centres - middle) ** 2).sum(1).argmin())
    query = encoder.embed(cut_pair(pair, centres[start : start + 1], FRAME)[0], "nissl")[0]
    scores, own = [], None
    for one in pairs:
        here = tissue_centres(one, FRAME, EVERY_UM)
        for number, patch in enumerate(cut_pair(one, here, FRAME)[1]):
            score = float(query @ encoder.embed(patch[None], "autofluorescence")[0])
            scores.append(score)
            if one is pair and number == start:
                own = score
    best = sorted(scores, reverse=True)
    wanted = [f"**#{rank}**   {score:.3f}" for rank, score in enumerate(best[:11])]
    assert headings(app) == wanted
    rank = sum(score > own + 1e-5 for score in scores)
    assert rank == 0
    assert f"Rank of the partner: {rank}** among {len(scores)} patches" in said(app)
    assert "0.0 mm from the partner" in said(app), "the partner itself is the best match"
    app.slider(key="stains k").set_value(3).run()
    assert headings(checked(app)) == wanted[:3]


def _pair_key(app: "testing.AppTest") -> str:
    return next(box.key for box in app.selectbox if str(box.key).startswith("stains pair of"))


def test_the_other_way_round_and_other_sections_only(
    pairs: list[SectionPair], gallery: Collection
) -> None:
    app = opened()
    app.radio(key="stains modality").set_value("autofluorescence").run()
    assert not checked(app).error
    assert any("Matches in nissl" in part.value for part in app.subheader)
    assert "Rank of the partner: 0**" in said(app)
    assert "0.0 mm from the partner" in said(app)
    assert "made 2" in said(app)
    app.checkbox(key="stains elsewhere").set_value(True).run()
    lines = [c.value for c in checked(app).caption if "from the partner" in c.value]
    assert len(lines) == 11
    assert not any(line.endswith("made 2") for line in lines)
    assert "Rank of the partner: 0**" in said(app), "the rank is that among all sections"


def test_another_place_can_be_chosen(gallery: Collection) -> None:
    app = opened()
    before = headings(app)
    app.session_state["stains place in made 2, nissl"] = 0
    assert headings(checked(app.run())) != before
    app.session_state["stains place in made 2, nissl"] = 10**6
    assert headings(checked(app.run())) == before, "a place that is not there: back to the start"


def test_what_only_one_stain_shows(
    pairs: list[SectionPair], gallery: Collection, encoder: SeeingEncoder
) -> None:
    from brainseek.embedder.shared_specific import SharedSpecific

    patches = [cut_pair(one, tissue_centres(one, FRAME, 1500.0), FRAME) for one in pairs]
    first, second = (np.concatenate(side) for side in zip(*patches, strict=True))
    fitted = SharedSpecific.fit(
        encoder.features(first, "nissl"), encoder.features(second, "autofluorescence")
    )
    centres = tissue_centres(pairs[2], FRAME, EVERY_UM)
    here = cut_pair(pairs[2], centres[:1], FRAME)
    scores = fitted.only_in(
        *(encoder.features(p, m) for p, m in zip(here, pairs[2].modalities, strict=True))
    )
    one, other = (f"{float(score[0]):.2f}" for score in scores)
    app = opened()
    app.session_state["stains place in made 2, nissl"] = 0
    app.session_state["stains place in made 2, autofluorescence"] = 0
    text = said(checked(app.run()))
    assert f"Found only in nissl: {one}**, only in autofluorescence: {other}" in text
    app.radio(key="stains modality").set_value("autofluorescence").run()
    text = said(checked(app))
    assert f"Found only in autofluorescence: {other}**, only in nissl: {one}" in text


def test_the_gallery_is_made_by_a_button(
    store: PairStore, pairs: list[SectionPair], encoder: SeeingEncoder
) -> None:
    app = opened()
    assert "not embedded by this encoder yet" in said(app)
    assert not headings(app)
    app.button(key="stains embed").click().run()
    assert len(headings(checked(app))) == 11
    gallery = pair_collection_here(store, encoder)
    assert gallery is not None
    assert len(gallery) == 2 * sum(len(tissue_centres(pair, FRAME, EVERY_UM)) for pair in pairs)


def test_a_section_is_predicted_from_other_sections(
    pairs: list[SectionPair], gallery: Collection, encoder: SeeingEncoder
) -> None:
    from brainseek.synthesis.stain.aligned import aligned
    from brainseek.synthesis.stain.compose import compose
    from brainseek.synthesis.stain.scores import nmse

    app = opened()
    assert "a minute" in said(app)
    app.button(key="stains predict").click().run()
    assert "NMSE" in said(checked(app))
    assert "**True autofluorescence**" in [m.value for m in app.markdown]
    pair = pairs[2]
    made = compose(
        pair.first, gallery, encoder=encoder, find="autofluorescence",
        where="source_uri != 'pair://nissl-af/made 2/autofluorescence'",
    )  # fmt: skip
    both = aligned(pair, "nissl", 25.0)
    assert f"NMSE {nmse(both.target, made.image, both.mask):.2f}" in said(app)
    app.slider(key="stains k").set_value(4).run()
    assert "NMSE" in said(checked(app)), "it stays when something else changes"
    app.radio(key="stains modality").set_value("autofluorescence").run()
    assert "NMSE" not in said(checked(app))
    app.button(key="stains predict").click().run()
    assert "**True nissl**" in [m.value for m in checked(app).markdown]


def test_without_the_template_one_sentence_stands_in_the_place_of_the_anchor(
    gallery: Collection,
) -> None:
    app = opened()
    assert "mouse-ccf" in said(app)
    assert not app.error
    assert len(headings(app)) == 11


def test_an_image_of_ones_own(gallery: Collection, pairs: list[SectionPair], tmp_path) -> None:
    Image.fromarray(pairs[1].first.image).save(tmp_path / "mine.png")
    app = opened()
    app.radio(key="stains source").set_value("An image of mine").run()
    assert "Choose an image" in said(checked(app))
    app.text_input(key="search path").input(str(tmp_path / "mine.png")).run()
    assert "the pixel size of mine.png is not known" in checked(app).error[0].value.replace(
        "\\", ""
    )
    app.number_input(key="pixel_size").set_value(25.0).run()
    assert not checked(app).error
    assert len(headings(app)) == 11
    assert "Rank of the partner" not in said(app), "none is known"
    assert "from the partner" not in said(app)
    assert any(c.value.endswith("made 1") for c in app.caption)
    app.number_input(key="pixel_size").set_value(250.0).run()
    assert "4 times coarser" in checked(app).error[0].value
    app.number_input(key="pixel_size").set_value(0.5).run()
    assert "shows no 0.8 mm of tissue" in checked(app).error[0].value.replace("\\", "")


def test_without_encoder_or_pairs_it_says_how_to_make_them(released: Path, cache_dir: Path) -> None:
    app = opened()
    assert "brainseek pairs nissl-af" in app.info[0].value
    assert not app.error
    for path in released.iterdir():
        path.unlink()
    app = opened()
    assert "brainseek train clip-nissl-af" in app.info[0].value
    assert not app.error


def test_a_damaged_pair_and_strange_stains_are_one_sentence(
    pairs: list[SectionPair], cache_dir: Path
) -> None:
    table = cache_dir / "pairs" / "nissl-af" / "pairs.csv"
    text = table.read_text()
    table.write_text(text.replace("autofluorescence", "pli"))
    app = opened()
    app.button(key="stains embed").click().run()
    assert "'pli' is unknown" in checked(app).error[0].value.replace("\\", "")
    (table.parent / "00001.npz").write_bytes(b"no")
    assert "00001.npz" in opened().error[0].value


def test_an_anchor_on_the_real_template(
    pairs: list[SectionPair], gallery: Collection, shared_data: Path,
    monkeypatch: pytest.MonkeyPatch, encoder: SeeingEncoder,
) -> None:  # fmt: skip
    from brainseek.index.fill.template import TemplateGrid

    monkeypatch.setenv("BRAINSEEK_MIRROR", str(shared_data))
    grid = TemplateGrid(3000.0, 1500.0, 0.5)
    for module in ("patches.gallery", "pairs.modality_question"):
        monkeypatch.setattr(f"brainseek.registration.{module}.TemplateGrid", lambda: grid)
    app = opened()
    assert not app.error
    text = said(app)
    assert "the 20 best patches of the template" in text
    assert "spread of the neighbours" in text
    assert "Green cross: where the pair puts the patch" in text
