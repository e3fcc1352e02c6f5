"""Ranks of the expert's plates without weights, and what is said of seeds and bars."""

import argparse

from benchmarks.plates.ranking import bar_verdict, measure, spread_text
from benchmarks.shared.mouse_sections import validation_sections
from benchmarks.shared.ranked_plates import by_similarity
from tests.benchmarks.plates.made_methods import oracle


def test_the_baselines_are_shown_without_weights(no_weights, shared_data):
    report = measure(argparse.Namespace(elastix_sections=0), oracle())
    accuracy, seeds = report.tables
    assert [row[1] for row in accuracy.rows if row[0] == "oracle"] == ["val_1", "val_2", "both"]
    assert accuracy.rows[-2][3:5] == ("0.00 [0.00, 0.00]", "100 % [84, 100]")
    assert accuracy.rows[-1][:4] == ("chance", "both", "21", "65.5")
    assert sum(row[1].startswith("not here") for row in accuracy.rows) == 2
    assert seeds.rows[0][1].startswith("not here")
    data = validation_sections()
    verdict = bar_verdict(by_similarity(oracle(), data.sections), data.plates)
    assert verdict.count("reached") == 3


def test_spread_over_seeds():
    assert spread_text([1.0, 2.0, 3.0], 2) == "2.00 ± 1.00 (1.00, 2.00, 3.00)"
    assert spread_text([1.0], 1) == "1.0 (1.0)"
