"""Confidences, judged: with a hardly trained encoder and with none."""

import argparse

import numpy as np

from benchmarks.plates.calibration import measure
from benchmarks.report.table import Table


def cells(table: Table, column: str) -> dict[str, str]:
    return {row[0]: row[table.columns.index(column)] for row in table.rows}


def test_missing_weights_are_a_row_not_a_crash(no_weights):
    options = argparse.Namespace(atlas=None, cuts=5, picture=no_weights / "r.png")
    assert [table.rows[0][1][:8] for table in measure(options).tables] == ["not here", "not here"]
    assert not (no_weights / "r.png").exists()


def test_calibration_is_judged_section_by_section(tiny_human, shared_data, tmp_path):
    options = argparse.Namespace(atlas=["mni152"], cuts=5, picture=tmp_path / "r.png")
    curve, summary, strangers = measure(options).tables
    assert sum(int(row[1]) for row in curve.rows) == 5 * 88
    assert cells(summary, "NLL (nats)")["chance: all plates equal"] == f"{np.log(88):.2f}"
    assert cells(strangers, "sections")["leave-one-out"] == "5"
    assert cells(strangers, "strangers")["leave-one-out"] == str(16 + 12 + 20)
    assert (tmp_path / "r.png").is_file()
