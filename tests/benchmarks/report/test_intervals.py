import numpy as np
import pytest

from benchmarks.report.intervals import (
    bootstrap,
    bootstrap_mean,
    bootstrap_quantile,
    clopper_pearson,
)
from brainseek.catalog.core.errors import BrainseekError


def binomial_tail(hits: int, n: int, share: float) -> float:
    """Probability of ``hits`` or more, summed term by term."""
    from math import comb

    return sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(hits, n + 1))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (21, 21, 0.8389, 1.0),
        (0, 21, 0.0, 0.1611),
        (20, 21, 0.7618, 0.9988),
        (5, 10, 0.1871, 0.8129),
    ],
)
def test_exact_intervals_match_published_values(hits, n, low, high):
    found = clopper_pearson(hits, n)
    assert found.value == hits / n
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("hits", "n"), [(1, 3), (7, 12), (19, 21)])
def test_exact_intervals_end_where_the_tails_have_2_5_percent(hits, n):
    found = clopper_pearson(hits, n)
    assert binomial_tail(hits, n, found.low) == pytest.approx(0.025)
    assert 1 - binomial_tail(hits + 1, n, found.high) == pytest.approx(0.025)


def test_impossible_counts_are_refused():
    for hits, n in ((0, 0), (3, 2), (-1, 5)):
        with pytest.raises(BrainseekError, match="no share"):
            clopper_pearson(hits, n)


def test_bootstrap_of_a_mean_agrees_with_the_normal_interval():
    values = np.random.default_rng(3).normal(10, 2, 400)
    found = bootstrap_mean(values)
    half = 1.96 * values.std(ddof=1) / np.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half),
                                                    abs=0.03)  # fmt: skip
    assert bootstrap_mean(values) == found
    general = bootstrap(400, lambda rows: float(values[rows].mean()))
    assert (general.low, general.high) == pytest.approx((found.low, found.high), abs=0.04)


def test_bootstrap_of_a_constant_has_no_width_and_quantiles_are_ordered():
    assert bootstrap_mean([3, 3, 3]).text(1) == "3.0 [3.0, 3.0]"
    found = bootstrap_quantile(np.arange(101.0), 0.95)
    assert found.value == 95
    assert found.low < 95 < found.high <= 100
    with pytest.raises(BrainseekError, match="observations"):
        bootstrap_mean([])


def test_text_of_a_share():
    assert clopper_pearson(21, 21).percent() == "100 % [84, 100]"
