"""Places of simulated human cuts: with a hardly trained encoder and with none."""

import argparse

import numpy as np

from benchmarks.plates.mni152 import bar_verdict, measure
from benchmarks.shared.plate_methods import HUMAN


def test_missing_weights_are_a_row_not_a_crash(no_weights):
    report = measure(argparse.Namespace(n=3, seed=0))
    labels = {row[0]: row[1] for row in report.tables[0].rows}
    assert labels[HUMAN].startswith("not here: `brainseek train plates-mni152")
    assert labels["pixel correlation, same preprocessing"] == "3"


def test_human_queries_are_scored_beside_the_baselines(tiny_human):
    report = measure(argparse.Namespace(n=4, seed=0))
    table = report.tables[0]
    assert [row[1] for row in table.rows] == ["4"] * 4
    assert "Bar: median" in table.notes[0]
    assert "simulated" in table.title
    assert report.markdown().count("### ") == 1


def test_bars_are_judged_by_the_numbers():
    assert bar_verdict(np.array([1.0, 1.9, 2.1])).count("reached") == 2
    assert bar_verdict(np.array([1.0, 1.0, 30.0])).count("missed") == 1
