"""The geodesic benchmark: its bars, its places, its runs and a short pass over real data."""

import argparse
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.cortex import __main__ as geodesic
from benchmarks.cortex.__main__ import RECIPES
from benchmarks.cortex.bars import GEODESIC, SIMCLR, SUPCON, UNTRAINED, bars, over_runs
from benchmarks.cortex.data import DATA, depth_means, grey, measurements
from benchmarks.cortex.picture import curve, draw_distances, pairs_of
from benchmarks.cortex.places import AREA_COLUMNS, PLACE_COLUMNS, Hemispheres
from benchmarks.cortex.runs import recipe_of, trained
from brainseek.catalog.core.errors import BrainseekError
from brainseek.trainers.cortex.data import CORTEX_DATA, cortex_data
from brainseek.trainers.cortex.distances import area_labels
from brainseek.trainers.recipe import CortexSettings

RHO, PROBE = PLACE_COLUMNS[0], f"julich: {AREA_COLUMNS[0]}"
HELD = [f"julich: {column}" for column in AREA_COLUMNS[2:]]
TINY = (
    "cortex.places=8", "cortex.validate=30", "network.dim=8", "validation.every=2",
    "schedule.warm_up=1",
)  # fmt: skip


def runs(*values: float):
    return [{RHO: v, PROBE: v, HELD[0]: v, HELD[1]: v} for v in values]


def verdicts(found, data=DATA["t1-colin27"]) -> dict[str, str]:
    return {row[1]: row[-1] for row in bars({"x": (data, found)}).rows}


def test_bars_hold_by_more_than_the_spread():
    found = {GEODESIC: runs(0.55, 0.65, 0.75), SIMCLR: runs(0.4, 0.5, 0.6),
             UNTRAINED: runs(0, 0, 0), SUPCON: runs(0.6, 0.6, 0.6)}  # fmt: skip
    said = verdicts(found)
    assert said[f"{RHO}: above {SIMCLR}"] == "no"  # 0.15 apart, each with 0.1
    assert said[f"{RHO}: above {UNTRAINED}"] == "yes"
    assert said[f"{HELD[0]}: not below {SUPCON}"] == "yes"
    assert said[f"{RHO}: at least 0.6"] == "yes"
    worse = {**found, GEODESIC: runs(0.4, 0.5, 0.6), SUPCON: runs(0.7, 0.7, 0.7)}
    assert set(verdicts(worse).values()) == {"no", "yes"}
    assert verdicts(worse)[f"{HELD[1]}: not below {SUPCON}"] == "no"
    assert verdicts(worse)[f"{RHO}: at least 0.6"] == "no"


def test_one_run_decides_no_spread():
    found = {name: runs(value) for name, value in
             ((GEODESIC, 0.9), (SIMCLR, 0.1), (UNTRAINED, 0.1), (SUPCON, 0.1))}  # fmt: skip
    said = verdicts(found, replace(DATA["t1-colin27"], least_spearman=None))
    assert [verdict for bar, verdict in said.items() if ": above" in bar] == ["open"] * 4
    assert all("at least" not in bar for bar in said)


def test_spread_is_that_of_a_sample():
    found = over_runs(runs(0.1, 0.2, 0.6), RHO)
    assert (found.mean, found.n) == (pytest.approx(0.3), 3)
    assert found.sd == pytest.approx((0.14 / 2) ** 0.5)
    assert found.text == "0.300 ± 0.265"
    assert over_runs(runs(0.5), RHO).text == "0.500"


@pytest.mark.parametrize("name", DATA)
def test_every_data_set_has_its_recipes(name):
    assert name in CORTEX_DATA
    for recipe in RECIPES:
        own = recipe_of(recipe, name, 7, seed=3)
        assert (own.cortex.data, own.schedule.steps, own.seed) == (name, 7, 3)
        assert own.network == recipe_of(GEODESIC, name, 7).network
    assert recipe_of(SUPCON, name, 7).cortex.labels == DATA[name].labels[0]


def test_raw_features_are_those_of_loops():
    rng = np.random.default_rng(0)
    gallery = rng.integers(0, 256, (6, 24, 24), dtype=np.uint8)
    queries = rng.integers(0, 256, (4, 24, 24), dtype=np.uint8)
    small, _ = grey(gallery, queries)
    assert small.shape == (6, 144)
    block = gallery[2, 2:4, 4:6].mean()
    assert small[2, 12 + 2] + np.mean(gallery[2]) == pytest.approx(block, abs=1.0)
    assert grey(np.stack([gallery] * 3, axis=3), queries)[0].shape == (6, 432)
    one, two = depth_means(gallery, queries)
    rows = np.array([[gallery[n, r].mean() for r in range(24)] for n in range(6)])
    np.testing.assert_allclose(one, (rows - rows.mean(0)) / rows.std(0), atol=1e-4)
    expected = (queries[1, 5].mean() - rows[:, 5].mean()) / rows[:, 5].std()
    assert two[1, 5] == pytest.approx(expected, abs=1e-4)
    vectors = rng.random((6, 1, 57)).astype(np.float32)
    same, other = measurements(vectors, vectors[:3])
    np.testing.assert_allclose(same[:3], other)
    np.testing.assert_allclose(same.std(0), 1, atol=1e-3)


def test_curves_are_quartiles_of_pairs():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 5)).astype(np.float32)
    distances = rng.uniform(0, 150_000, (30, 30)).astype(np.float32)
    distances[0, 1] = np.inf
    found, values = curve(*pairs_of(vectors, distances)), []
    for i in range(30):
        for j in range(i + 1, 30):
            if 20_000 <= distances[i, j] < 25_000:
                one, two = vectors[i], vectors[j]
                values.append(1 - one @ two / np.linalg.norm(one) / np.linalg.norm(two))
    here = int(np.flatnonzero(found.middle_mm == 22.5)[0])
    expected = np.percentile(values, (25, 50, 75))
    np.testing.assert_allclose(found.quartiles[:, here], expected, atol=1e-5)
    assert found.middle_mm.max() < 100


def test_the_picture_has_a_panel_for_every_encoder(tmp_path):
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 3, 80)
    follows = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    distances = (30_000 * np.abs(angle[:, None] - angle)).astype(np.float32)
    noise = rng.normal(size=(80, 8)).astype(np.float32)
    draw_distances({"a": (follows, distances)}, "t", tmp_path / "one.png")
    draw_distances(
        {"a": (follows, distances), "b": (noise, distances)}, "t", tmp_path / "deep" / "two.png"
    )
    one, two = Image.open(tmp_path / "one.png"), Image.open(tmp_path / "deep" / "two.png")
    assert two.width > 1.7 * one.width
    assert (np.asarray(two).std((0, 1)) > 5).all()


@pytest.fixture
def tiny(monkeypatch):
    """Few places to learn from, small networks, and no distances before they are asked for."""
    monkeypatch.setattr(geodesic, "_know_distances", lambda both: None)
    for name, data in DATA.items():
        monkeypatch.setitem(DATA, name, replace(data, changes=(*data.changes, *TINY)))


def test_held_out_places_are_those_without_a_label(shared_data):
    data = cortex_data("bigbrain-profiles", CortexSettings("", "views", side_px=16, pixel_um=60.0))
    both = Hemispheres(data, ("economo", "brodmann"), 3, places=300)
    every, taught = (area_labels(data.surface, "economo", hold) for hold in (0, 3))
    for labels in both.labels:
        known = area_labels(data.surface, labels)
        for vertices, held in zip((both.gallery, both.queries), both.held_out(labels), strict=True):
            for vertex, area in zip(vertices, held, strict=True):
                unseen = every[vertex] > 0 and taught[vertex] == 0
                assert area == (known[vertex] if unseen else 0)
            assert 0.1 < (held > 0).mean() < 0.6


def test_the_true_place_scores_best_and_noise_worst(shared_data):
    data = cortex_data("bigbrain-profiles", CortexSettings("", "views", side_px=16, pixel_um=60.0))
    both = Hemispheres(data, ("economo",), 3, places=150)
    places = data.surface.vertices_um
    true = [places[v].astype(np.float32) for v in (both.gallery, both.mirrored)]
    centre = true[0].mean(0)
    good = both.scores(*(v - centre for v in true))
    noise = np.random.default_rng(0).normal(size=(2, 150, 8)).astype(np.float32)
    bad = both.scores(*noise)
    assert set(good) == {*PLACE_COLUMNS, *(f"economo: {column}" for column in AREA_COLUMNS)}
    assert good[PLACE_COLUMNS[1]] < 15 < 40 < bad[PLACE_COLUMNS[1]]
    assert good[PLACE_COLUMNS[3]] > 0.25 > 0.1 > bad[PLACE_COLUMNS[3]]
    assert good[PLACE_COLUMNS[4]] >= good[PLACE_COLUMNS[3]]
    assert good[RHO] > 0.5 > abs(bad[RHO])
    assert good[f"economo: {AREA_COLUMNS[0]}"] > 2 * bad[f"economo: {AREA_COLUMNS[0]}"]


def test_runs_are_kept_and_those_of_other_settings_refused(tiny, shared_data, tmp_path):
    recipe = recipe_of(GEODESIC, "bigbrain-profiles", 2)
    vectors = np.random.default_rng(0).random((5, 1, 57)).astype(np.float32)
    first = trained(recipe, tmp_path / "a")(vectors)
    stamp = (tmp_path / "a" / "network.safetensors").stat().st_mtime_ns
    np.testing.assert_array_equal(trained(recipe, tmp_path / "a")(vectors), first)
    assert (tmp_path / "a" / "network.safetensors").stat().st_mtime_ns == stamp
    rarer = replace(recipe, validation=replace(recipe.validation, every=9))
    np.testing.assert_array_equal(trained(rarer, tmp_path / "a")(vectors), first)
    with pytest.raises(BrainseekError, match="had seed = 0, not 1"):
        trained(replace(recipe, seed=1), tmp_path / "a")


def test_a_short_pass_over_bigbrain(tiny, shared_data, tmp_path):
    arguments = argparse.Namespace(
        data=["bigbrain-profiles"],
        steps=2,
        seeds=1,
        places=300,
        runs=tmp_path,
        pictures=tmp_path / "p",
    )
    report = geodesic.measure(arguments)
    titles = [table.title for table in report.tables]
    assert titles[1:3] == [
        f"bigbrain-profiles: areas of {labels} on the unseen hemisphere"
        for labels in ("economo", "brodmann")
    ]
    places, *areas, judged = report.tables
    assert [row[0] for row in places.rows] == [
        *RECIPES.values(), UNTRAINED, "measurements, standardised",
    ]  # fmt: skip
    assert "400 parcels" in places.notes[0]
    assert all("PSEUDO-TRUTH" in table.notes[1] for table in areas)
    assert len(judged.rows) == 6
    assert (tmp_path / "p" / "geodesic-bigbrain-profiles.png").is_file()
    with pytest.raises(BrainseekError, match="'moon' are not known"):
        geodesic.measure(argparse.Namespace(**{**vars(arguments), "data": ["moon"]}))


def test_rendered_tables_say_that_pictures_are_simulated(shared_data):
    view = CortexSettings("", "views", side_px=64, pixel_um=64.0)
    assert "simulated" in cortex_data("bigbrain-rendered", view).remark
