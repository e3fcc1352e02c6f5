"""Wall times without weights, and how Python's own times of imports are read."""

import argparse

import pytest

from benchmarks.plates.speed import import_seconds, measure
from benchmarks.shared.plate_methods import MOUSE


def test_missing_weights_are_a_row_not_a_crash(no_weights, shared_data):
    report = measure(argparse.Namespace(runs=1, elastix_sections=0))
    assert report.tables[0].rows[0][0] == MOUSE


def test_import_times_are_summed_by_package():
    log = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:   1000 |  1000 |   torch._C\nimport time: 500000 | 501000 | torch\n"
        "import time:  20000 | 20000 | numpy\nanother line\n"
    )
    assert import_seconds(log) == {"torch": pytest.approx(0.501), "numpy": 0.02}
