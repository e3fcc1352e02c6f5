"""Loader and network are timed apart and together."""

import argparse
import time
from dataclasses import replace

import pytest
import torch

from benchmarks.cortex import training_speed
from benchmarks.cortex.data import DATA
from benchmarks.cortex.training_speed import _rate, measure


def test_rates_count_what_was_worked_on_after_the_warm_up():
    seen = []

    def batches():
        for number in range(training_speed.WARM_UP + 5):
            time.sleep(0.3 if number < training_speed.WARM_UP - 1 else 0.01)
            yield number

    rate = _rate(batches, seen.append, repeats=1, size=100, count=5)
    assert seen == list(range(training_speed.WARM_UP + 5))
    assert 0.4 * 10_000 < rate < 10_000


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU adds a row of its own")
def test_a_short_measurement(shared_data, monkeypatch):
    data = DATA["bigbrain-profiles"]
    changes = (*data.changes, "cortex.places=4")
    monkeypatch.setitem(DATA, "bigbrain-profiles", replace(data, changes=changes))
    threads = torch.get_num_threads()
    try:
        report = measure(
            argparse.Namespace(data=["bigbrain-profiles"], batches=2, repeats=1, threads=1)
        )
    finally:
        torch.set_num_threads(threads)
    (row,) = report.tables[0].rows
    loader, network, together = (float(cell.replace(",", "")) for cell in row[2:5])
    assert row[0] == "bigbrain-profiles"
    assert (row[6] == "yes") == (loader < network)
    assert min(loader, network, together) > 0
    assert float(row[5]) == pytest.approx(loader / network, abs=0.02)
