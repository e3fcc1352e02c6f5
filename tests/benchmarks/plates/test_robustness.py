"""Damage and other stains without weights, and the correlation of orders."""

import argparse

import numpy as np
import pytest

from benchmarks.plates.robustness import measure, rank_correlation
from tests.benchmarks.plates.made_methods import oracle


def test_the_baseline_is_shown_without_weights(no_weights, shared_data):
    options = argparse.Namespace(damages=2, every=60, cuts=3)
    damaged, orders, places = measure(options, oracle()).tables
    assert len(damaged.rows) == 3
    assert orders.rows[0][1].startswith("not here")
    assert {row[1] for row in places.rows[1:]} == {
        "exact plane (simulated section)",
        "pseudo-truth: DeepSlice, no expert",
    }


def test_rank_correlation_of_orders():
    place = np.arange(10.0)
    assert rank_correlation(place**3, place) == pytest.approx(1)
    assert rank_correlation(-place, place) == pytest.approx(-1)
    assert rank_correlation(np.ones(10), place) == 0
