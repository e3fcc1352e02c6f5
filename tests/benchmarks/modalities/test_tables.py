"""The tables of the benchmark of modalities on small made pairs."""

import argparse
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.modalities import anchors
from benchmarks.modalities.__main__ import measure
from benchmarks.modalities.ablations import ABLATIONS, ablation_table
from benchmarks.modalities.new_brain import brain_tables, lying, new_brain
from benchmarks.modalities.prediction import Prediction
from benchmarks.modalities.retrieval import OURS, bars_table, compare, retrieval_tables
from benchmarks.modalities.shared_features import _top, shared_tables
from benchmarks.modalities.study import Study, trained
from benchmarks.modalities.transfer import Transfer, in_blocks, transfer_table
from benchmarks.report.table import Table
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.store import save_pairs
from brainseek.synthesis.stain.train_generator import GeneratorRecipe
from brainseek.trainers.recipe import load_recipe
from tests.embedder.made_multimodal_encoder import SeeingEncoder, made_pair

CHANGES = (
    "clip.side_px=32", "clip.pixel_um=25", "clip.places=8", "clip.near_um=[300, 1000]",
    "clip.turn_deg=5", "clip.block=1", "clip.gap=0", "clip.validate=20",
    "network.trunk=graynet/4-8-8", "network.dim=8", "schedule.steps=2", "schedule.warm_up=1",
    "clip.least_tissue=0.98",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    pairs = [made_pair(seed, (120, 160)) for seed in range(10)]
    return save_pairs(pairs, tmp_path_factory.mktemp("pairs") / "made")


def every_eighth_pixel(patches: np.ndarray, modality: str) -> np.ndarray:
    return patches[:, ::8, ::8].reshape(len(patches), -1).astype(np.float32)


@pytest.fixture
def study(folder, tmp_path) -> Study:
    """Two seeds of an encoder that sees through the contrast, instead of trained ones."""
    made = Study(str(folder), CHANGES, 2, tmp_path / "runs", 60, 40)
    made.__dict__["encoders"] = [SeeingEncoder(), SeeingEncoder()]
    made.__dict__["imagenet"] = made.__dict__["plates"] = every_eighth_pixel
    return made


def column(table: Table, name: str) -> dict[str, str]:
    return {row[0]: row[table.columns.index(name)] for row in table.rows}


def test_retrieval_and_bars(study):
    found = compare(study, mutual_queries=5)
    forward, back = retrieval_tables(study, found)
    assert forward.title.endswith("nissl → autofluorescence")
    assert back.title.endswith("autofluorescence → nissl")
    recalls = column(forward, "R@5")
    assert float(recalls[OURS].split(" ±")[0]) > 0.9
    assert recalls["chance (in closed form)"] == f"{5 / 60:.4f}"
    assert column(forward, "queries")["mutual information"] == "5"
    assert column(forward, "runs")[OURS] == "2"
    assert float(recalls["ImageNet features"]) < 0.5
    notes = " ".join(back.notes)
    assert "2 plates (2, 7), 60 places" in notes
    assert "PSEUDO-TRUTH" in notes
    assert notes.startswith("TRIAL: 60 places")
    bars = bars_table(found, [300.0, 600.0])
    verdicts = column(bars, "reached")
    assert verdicts["median anchoring error"] == "NO"
    assert verdicts["R@5 of both directions"] == "yes"
    ours = np.mean(found.recall5(OURS))
    others = [m for m in found.scores if "features" in m or "untrained" in m]
    ratio = ours / max(np.mean(found.recall5(m)) for m in others)
    measured = column(bars, "measured")["R@5 of ours to the best features"]
    assert float(measured.split()[0]) == pytest.approx(ratio, abs=0.06)
    assert (verdicts["R@5 of ours to the best features"] == "yes") == (ratio >= 8)
    assert "not asked for" in column(bars_table(found, None), "measured")["median anchoring error"]


def test_runs_are_taken_up_and_never_mistaken(study):
    recipe = study.recipe("seed=1")
    place = study.folder(recipe)
    assert place.name == "clip-nissl-af-2-1"
    first = trained(recipe, place)
    written = (place / "network.safetensors").stat().st_mtime_ns
    same = trained(study.recipe("seed=1", "description=other words"), place)
    assert (place / "network.safetensors").stat().st_mtime_ns == written
    assert same.identity == first.identity
    with pytest.raises(BrainseekError, match=r"had clip\.turn_deg = 5\.0, not 90\.0"):
        trained(study.recipe("seed=1", "clip.turn_deg=90"), place)
    (place / "network.safetensors").unlink()
    again = trained(recipe, place)
    patches = study.validation.upright[0][:4]
    with torch.inference_mode():
        np.testing.assert_allclose(
            again.embed(patches, "nissl"), first.embed(patches, "nissl"), atol=1e-5
        )


def test_ablations_share_the_run_of_equal_recipes(study):
    few = {name: ABLATIONS[name] for name in
           ("as the recipe", "near negatives", "separate trunks")}  # fmt: skip
    few["patches of 1.6 mm"] = ("clip.pixel_um=50.0",)
    table = ablation_table(study, 2, few)
    assert [row[0] for row in table.rows] == [
        "as the recipe", "near negatives (as the recipe)", "separate trunks", "patches of 1.6 mm",
        "chance",
    ]  # fmt: skip
    assert table.rows[0][1:] == table.rows[1][1:]
    kept = {path.parent.name: load_recipe(path) for path in study.runs.rglob("recipe.yaml")}
    assert {name: (one.clip.shared, one.clip.pixel_um) for name, one in kept.items()} == {
        "clip-nissl-af-2-0": (True, 25.0),
        "clip-nissl-af-2-0-separate-trunks": (False, 25.0),
        "clip-nissl-af-2-0-patches-of-1.6-mm": (True, 50.0),
    }
    assert len({row[1:] for row in table.rows[1:4]}) == 3
    assert table.rows[-1][1] == f"{5 / 40:.4f}"
    assert "40 places" in table.notes[0]


class Gallery:
    """Stands in for the collection of the template."""

    def __init__(self, places_um: np.ndarray) -> None:
        self.places_um, self.table = places_um, self

    def __len__(self) -> int:
        return len(self.places_um)

    def read(self, columns):
        import pyarrow as pa

        return pa.table(dict(zip(columns, self.places_um.T, strict=True)))


def test_anchors_are_scored_against_the_truth(study, monkeypatch):
    """Every anchor is 300 µm too deep; its sd is 200 µm along DV and 1 µm along AP and ML."""
    named = {}

    def locate_vector(vector, modality, encoder, gallery, atlas, k, grid):
        point = named[vector.tobytes()] + np.array([0, 300, 0])
        return argparse.Namespace(
            point_um=tuple(point), sd_um=(1.0, 200.0, 1.0), agreement=0.9, scores=[0.8]
        )

    for places in (study.test, study.validation):
        vectors = SeeingEncoder().embed(places.turned[0], "nissl")
        named |= {v.tobytes(): um for v, um in zip(vectors, places.places_um, strict=True)}
    gallery = Gallery(np.random.default_rng(0).uniform(0, 10_000, (500, 3)))
    for name, stand_in in {
        "locate_vector": locate_vector,
        "load_atlas": lambda name: None,
        "template_gallery": lambda *rest: gallery,
    }.items():
        monkeypatch.setattr(anchors, name, stand_in)
    table, medians = anchors.anchor_table(study, 30)
    assert medians == pytest.approx([300, 300])
    ours = table.rows[0]
    assert ours[1:6] == ("2", "300 ± 0", "300 ± 0", "1.000 ± 0.000", "300 ± 0")
    # AP and ML are right, DV is off by 1.5 deviations.
    assert ours[6:8] == ("0.667 ± 0.000", "1.000 ± 0.000")
    assert "500 upright template patches" in table.notes[1]
    assert "Of these 30 single nissl patches" in table.notes[0]
    assert float(table.rows[1][2]) > 1000
    assert table.rows[1][6:] == ("-", "-", "-")


def test_pairs_outside_the_atlas_are_not_anchored(tmp_path):
    pairs = [made_pair(seed, (120, 160), None) for seed in range(10)]
    made = Study(str(save_pairs(pairs, tmp_path / "flat")), CHANGES, 1, tmp_path, 20, 20)
    with pytest.raises(BrainseekError, match=r"do not lie in mouse-ccf.*table anchors"):
        anchors.anchor_table(made, 10)


def test_what_is_shared_and_what_is_not(study):
    """Features of the second tower are a linear map of the first's but for one that is noise."""
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(16, 16)).astype(np.float32)

    def features(patches, modality):
        shown = patches if modality == "nissl" else 255 - patches
        small = shown[:, 4::8, 4::8].reshape(len(patches), -1).astype(np.float32)
        return small if modality == "nissl" else small @ mix

    study.__dict__["encoders"] = [argparse.Namespace(features=features)]
    table, regions = shared_tables(study, lambda places_um: np.array(list("AB" * 30)))
    forward = column(table, "R² of autofluorescence from nissl")
    assert float(forward["trunk of our towers"]) > 0.95
    assert float(forward["our towers, pairs shuffled"]) < 0.2
    assert table.rows[0][1] == "1"
    assert [row[0] for row in regions.rows] == ["nissl", "autofluorescence"]
    assert set(re.findall(r"\((\d+)\)", regions.rows[0][1])) == {"30"}
    names = np.array(["A", "B", "C"] * 20)
    scores = np.where(names == "B", 2.0, 0.5)
    assert _top(scores, names)[0] == "B 2.00 (20)"
    assert _top(scores[:20], names[:20]) == []


def test_predictions_are_scored_on_test_sections(study):
    small = GeneratorRecipe(steps=2, batch=1, side_px=32, width=8)
    made = Prediction(study, small)
    table = made.table()
    assert {row[0]: row[1] for row in table.rows} == dict.fromkeys(
        ["composed of retrieved patches", "generated from the source",
         "generated from the source and the composed", "mean-intensity map"], "2",
    )  # fmt: skip
    assert table.title == "Prediction: nissl → autofluorescence"
    # Nothing of a section, nor of its neighbours, is in what is composed of it for training.
    pairs = study.parts["train"]
    near = [pair for pair in pairs if pair.group <= 3]
    alone, free = made.composed(pairs[0], near), made.composed(pairs[0])
    truth = made.training[0].target.astype(float)
    inner = np.zeros(truth.shape, bool)
    inner[24:-24, 24:-24] = True
    assert np.abs(free - truth)[inner].mean() < np.abs(alone - truth)[inner].mean()
    weights = sorted(study.runs.glob("generator-2-*/generator.safetensors"))
    assert len(weights) == 2
    before = [one.stat().st_mtime_ns for one in weights]
    assert Prediction(study, small).table().rows == table.rows
    assert [one.stat().st_mtime_ns for one in weights] == before


def test_other_stains_go_through_the_towers_in_their_order(study):
    from dataclasses import replace

    pair = made_pair(20, (160, 200))
    other = replace(
        pair, first=replace(pair.first, modality="ish"), second=replace(pair.second, modality="pli")
    )
    tests = [Transfer("made", [other], 25.0, 300.0, 0)]
    table = transfer_table(study, tests)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["patch mm"] == "0.8"
    assert float(row["R@5 →"].split(" ±")[0]) > 0.9 > float(row["ImageNet →"])
    assert float(row["chance"]) == pytest.approx(5 / int(row["places"]), abs=1e-3)
    places = in_blocks(study.test, 0)
    assert np.bincount(places.blocks).tolist() == [15, 15, 15, 15]
    ends = [places.places_um[places.blocks == block, 0] for block in range(4)]
    assert all(a.max() <= b.min() for a, b in itertools.pairwise(ends))


def test_another_brain_is_tested_and_never_chosen_on(study, tmp_path):
    """Its sections alone are the gallery; baselines are chosen and encoders taken as before."""
    others = [made_pair(seed, (120, 160)) for seed in (40, 41, 42)]
    brain = new_brain(study, str(save_pairs(others, tmp_path / "other")))
    anchored = Table("Anchoring", ("a",), (("b",),), ("of the plates",))
    forward, back, lone = brain_tables(brain, 5, anchored, 30)
    assert lone.rows == anchored.rows
    assert [pair.name for pair in brain.parts["test"]] == ["made 40", "made 41", "made 42"]
    assert set(brain.test.places_um[:, 0]) == {11_000.0, 11_100.0, 11_200.0}
    assert [pair.name for pair in brain.parts["train"]] == [p.name for p in study.parts["train"]]
    assert brain.encoders is study.encoders
    assert brain.validation is study.validation
    assert brain.training is study.training
    assert forward.title == "A brain that no training saw: nissl → autofluorescence"
    assert float(column(back, "R@5")[OURS].split(" ±")[0]) > 0.9
    assert forward.notes == ()
    for table in (back, lone):
        notes = " ".join(table.notes)
        assert "all 3 kept sections of one brain (numbers 40 to 42)" in notes
        assert "PSEUDO-TRUTH" in notes
        assert "turned by 0° to the sections" in notes
        assert "learned from the Nissl plates, not from this brain" in notes
        assert "of the plates (50 % if right)" in notes or table is back
    assert "Of these 30 single nissl patches" in lone.notes[0]


def test_how_sections_lie_to_the_template():
    """The second image is turned by 30° and 1.5 times as large, in pixels of half the size."""
    from dataclasses import replace

    from benchmarks.modalities.places import Centres
    from brainseek.catalog.pairs.transforms import AffinePixels

    cosine, sine = 3 * np.cos(np.pi / 6), 3 * np.sin(np.pi / 6)
    matrix = np.array([[cosine, -sine, 4.0], [sine, cosine, -7.0], [0, 0, 1]])
    made = made_pair(3)
    second = replace(made.second, pixel_um=12.5)
    pair = replace(made, second=second, transform=AffinePixels(matrix))
    places = Centres((made, pair), np.array([1, 1]), np.array([[30.0, 40.0], [50, 20]]))
    assert lying(places) == pytest.approx((30.0, 1.5))


def test_another_brain_that_is_not_prepared(folder, tmp_path, cache_dir):
    with pytest.raises(BrainseekError, match="make them with `brainseek pairs serial-af`"):
        measure(options(folder, tmp_path, tables="new-brain"))


def options(folder, tmp_path, **more) -> argparse.Namespace:
    values = {
        "tables": "retrieval,bars", "pairs": str(folder), "steps": None, "seeds": 1,
        "runs": tmp_path / "runs", "change": list(CHANGES), "places": 30, "validation_places": 20,
        "mutual": 2, "anchors": 5, "ablation_steps": 1, "generator_steps": 1,
    }  # fmt: skip
    return argparse.Namespace(**(values | more))


def test_the_command_trains_and_reports(folder, tmp_path, shared_data):
    text = measure(options(folder, tmp_path)).markdown()
    assert text.count("### ") == 3
    assert "Machine: " in text
    assert (tmp_path / "runs" / "clip-nissl-af-2-0" / "network.safetensors").is_file()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ("retrieval,X", "'X' is unknown; choose from anchors, retrieval, bars"),
        ("bars", "rest on the retrieval"),
        ("", "''"),
    ],
)
def test_impossible_tables_are_named(folder, tmp_path, tables, message):
    with pytest.raises(BrainseekError, match=message):
        measure(options(folder, tmp_path, tables=tables))


def test_pairs_that_are_not_here(tmp_path):
    with pytest.raises(BrainseekError, match="make them with `brainseek pairs no-such`"):
        measure(options("no-such", tmp_path))
