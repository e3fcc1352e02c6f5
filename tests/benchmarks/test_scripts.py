"""The scripts themselves, with tiny encoders trained for a few steps, and with none at all."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from benchmarks.plates import calibration, mni152, robustness, speed
from benchmarks.plates import ranking as plates
from benchmarks.report.table import Table
from benchmarks.shared.labelled_sections import validation_sections
from benchmarks.shared.plate_methods import (
    HUMAN,
    MOUSE,
    Method,
    command_for,
    encoder_method,
    is_here,
    pixel_method,
)
from benchmarks.shared.ranked_plates import by_similarity
from brainseek.catalog.sections.section import Section
from brainseek.embedder.preprocessing.section_gray import Preprocessing

SHORT = [
    "schedule.steps=2", "schedule.warm_up=1", "validation.every=2", "validation.cuts=4",
    "batch.plates=8", "batch.cuts=4", "preprocessing.size=48", "network.dim=16",
]  # fmt: skip


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose folder of weights is empty."""
    from brainseek.registration.plates.ranker import kept_ranker

    monkeypatch.setattr("brainseek.catalog.core.paths.PROJECT_ROOT", tmp_path)
    kept_ranker.cache_clear()
    yield tmp_path / "weights"
    kept_ranker.cache_clear()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from brainseek.trainers.run import train

    return train("plates-mni152", tmp_path_factory.mktemp("run") / "a", changes=SHORT, workers=0)


@pytest.fixture
def tiny_human(no_weights: Path, run: Path) -> Path:
    """The same with a hardly trained encoder of the human atlas and a made calibration."""
    from brainseek.registration.plates.calibration import Calibration, write_calibration
    from brainseek.trainers.release.release import release

    card = release(run, HUMAN, folder=no_weights)
    write_calibration(Calibration(card.identity, 0.05, 1.0, 20.0, 0.5, 0.6, "made up"))
    return no_weights


def options(**values: object) -> argparse.Namespace:
    return argparse.Namespace(**values)


def cells(table: Table, column: str) -> dict[str, str]:
    return {row[0]: row[table.columns.index(column)] for row in table.rows}


def test_missing_weights_are_a_row_not_a_crash(no_weights):
    report = mni152.measure(options(n=3, seed=0))
    labels = cells(report.tables[0], "n")
    assert labels[HUMAN].startswith("not here: `brainseek train plates-mni152")
    assert labels["pixel correlation, same preprocessing"] == "3"
    judged = calibration.measure(options(atlas=None, picture=no_weights / "r.png"))
    assert [table.rows[0][1][:8] for table in judged.tables] == ["not here", "not here"]
    assert not (no_weights / "r.png").exists()


def test_human_queries_are_scored_beside_the_baselines(tiny_human):
    report = mni152.measure(options(n=4, seed=0))
    table = report.tables[0]
    assert [row[1] for row in table.rows] == ["4"] * 4
    assert "Bar: median" in table.notes[0]
    assert "simulated" in table.title
    assert report.markdown().count("### ") == 1


def test_bars_are_judged_by_the_numbers():
    assert mni152.bar_verdict(np.array([1.0, 1.9, 2.1])).count("reached") == 2
    assert mni152.bar_verdict(np.array([1.0, 1.0, 30.0])).count("missed") == 1


def test_calibration_is_judged_section_by_section(tiny_human, monkeypatch, tmp_path):
    from brainseek.registration.plates import calibration_sections as source

    monkeypatch.setattr(source, "CUTS", 5)
    monkeypatch.setattr(source, "strange_sections", lambda atlas: list(source._textures()))
    report = calibration.measure(options(atlas=["mni152"], picture=tmp_path / "r.png"))
    curve, summary, strangers = report.tables
    assert sum(int(row[1]) for row in curve.rows) == 5 * 88
    assert cells(summary, "NLL (nats)")["chance: all plates equal"] == f"{np.log(88):.2f}"
    assert cells(strangers, "strangers")["leave-one-out"] == "12"
    assert (tmp_path / "r.png").is_file()


def test_seeds_lie_in_their_own_folder(tiny_human, run):
    from brainseek.trainers.release.release import release

    release(run, f"{HUMAN}-seed1", folder=tiny_human / "seeds")
    assert is_here(f"{HUMAN}-seed1", tiny_human / "seeds")
    assert not is_here(f"{HUMAN}-seed1")
    method = encoder_method("seed", f"{HUMAN}-seed1", tiny_human / "seeds")
    assert (np.diff(method.plates) > 0).all()
    assert "folder=Path('weights/seeds')" in command_for("x", "plates", tiny_human / "seeds")


def test_pixels_are_correlated(tiny_human):
    from brainseek.catalog.atlases.registry import load_atlas
    from brainseek.catalog.sections.section import section_from_array

    method = pixel_method("pixels", "mni152", Preprocessing(size=32))
    atlas = load_atlas("mni152")
    picture = section_from_array(atlas.plate_image(40))
    prepared = [Preprocessing(size=32)(one.image).ravel() for one in (picture,)]
    other = Preprocessing(size=32)(atlas.plate_image(7)).ravel()
    row = method.similarity([picture])[0]
    assert row.argmax() == 39
    assert row[6] == pytest.approx(np.corrcoef(prepared[0], other)[0, 1], abs=1e-4)


@pytest.fixture
def oracle(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Method:
    """Stands in for the frozen features, which take long: it knows the plate's number."""
    places = np.arange(132.0)
    gallery = np.eye(132, dtype=np.float32)
    known = dict(zip(map(str, (d := validation_sections()).paths), d.plates, strict=True))

    def embed(sections: list[Section]) -> np.ndarray:
        return gallery[[known.get(one.source_uri or "", 1) - 1 for one in sections]]

    method = Method("oracle", embed, gallery, np.arange(1, 133), 100.0 * places)
    for module in (plates, robustness):
        monkeypatch.setattr(module, "imagenet_method", lambda *arguments: method)
    return method


def test_plates_without_weights_still_shows_the_baselines(no_weights, oracle):
    report = plates.measure(options(elastix_sections=0))
    accuracy, seeds = report.tables
    assert [row[1] for row in accuracy.rows if row[0] == "oracle"] == ["val_1", "val_2", "both"]
    assert accuracy.rows[-2][3:5] == ("0.00 [0.00, 0.00]", "100 % [84, 100]")
    assert accuracy.rows[-1][:4] == ("chance", "both", "21", "65.5")
    assert sum(row[1].startswith("not here") for row in accuracy.rows) == 2
    assert seeds.rows[0][1].startswith("not here")
    data = validation_sections()
    verdict = plates.bar_verdict(by_similarity(oracle, data.sections), data.plates)
    assert verdict.count("reached") == 3


def test_spread_over_seeds():
    assert plates.spread_text([1.0, 2.0, 3.0], 2) == "2.00 ± 1.00 (1.00, 2.00, 3.00)"
    assert plates.spread_text([1.0], 1) == "1.0 (1.0)"


def test_robustness_without_weights(no_weights, oracle, monkeypatch):
    monkeypatch.setattr(robustness, "CONDITIONS", robustness.CONDITIONS[:2])
    damaged, orders, places = robustness.measure(options(every=60, cuts=3)).tables
    assert len(damaged.rows) == 3
    assert orders.rows[0][1].startswith("not here")
    assert {row[1] for row in places.rows[1:]} == {
        "exact plane (simulated section)",
        "pseudo-truth: DeepSlice, no expert",
    }


def test_rank_correlation_of_orders():
    place = np.arange(10.0)
    assert robustness.rank_correlation(place**3, place) == pytest.approx(1)
    assert robustness.rank_correlation(-place, place) == pytest.approx(-1)
    assert robustness.rank_correlation(np.ones(10), place) == 0


def test_speed_without_weights(no_weights, shared_data):
    report = speed.measure(options(runs=1, elastix_sections=0))
    assert report.tables[0].rows[0][0] == MOUSE


def test_import_times_are_summed_by_package():
    log = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:   1000 |  1000 |   torch._C\nimport time: 500000 | 501000 | torch\n"
        "import time:  20000 | 20000 | numpy\nanother line\n"
    )
    assert speed.import_seconds(log) == {"torch": pytest.approx(0.501), "numpy": 0.02}


def test_times_are_medians():
    times = speed.Times((0.010, 0.030, 0.020))
    assert times.cells("ms") == ("3", "20.0 ms", "10.0 to 30.0")
