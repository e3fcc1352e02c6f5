"""Paths through a series against all paths there are, and orders that are not known."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy.stats import kendalltau

from brainseek.registration.series.fit.path import improve_path
from brainseek.registration.series.identify import fit_series

POSITIONS = np.arange(100) * 100.0
WIDTH_UM = 400.0


def cost(path, distance, pull) -> float:
    """The cost as the docstring has it, one by one."""
    total = sum(distance[a, b] for a, b in pairwise(path))
    # An open end stands before the first member, so places count from 1.
    return total - sum(place * pull[member] for place, member in enumerate(path, 1))


def neighbours_of(path: list[int]):
    """Every path that one reversal or one move of a short stretch makes of a path."""
    n = len(path)
    for i in range(n):
        for j in range(i + 1, n + 1):
            stretch, rest = path[i:j], path[:i] + path[j:]
            yield path[:i] + stretch[::-1] + path[j:]
            if j - i in (1, 2, 3, 5):
                for place in range(len(rest) + 1):
                    yield rest[:place] + stretch + rest[place:]
                    yield rest[:place] + stretch[::-1] + rest[place:]


def keeps(path, kept) -> bool:
    return bool((np.diff(np.argsort(path)[list(kept)]) > 0).all())


@pytest.mark.parametrize("seed", range(12))
def test_no_step_improves_the_path_and_kept_members_keep_their_order(seed):
    rng = np.random.default_rng(seed)
    points = rng.random((8, 2))
    distance = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    pull = rng.normal(0, 0.1, 8) * (seed % 3)
    start = rng.permutation(8)
    kept = start[[1, 4, 5]].tolist() if seed % 2 else []
    path = improve_path(distance, pull, start, kept).tolist()
    assert sorted(path) == list(range(8))
    assert keeps(path, kept)
    found = cost(path, distance, pull)
    assert found <= cost(start, distance, pull) + 1e-9
    for other in neighbours_of(path):
        if keeps(other, kept):
            assert cost(other, distance, pull) >= found - 1e-8


def test_points_on_a_line_are_walked_along_it():
    rng = np.random.default_rng(0)
    x = rng.permutation(7).astype(float)
    distance = np.abs(x[:, None] - x[None])
    path = improve_path(distance, 1e-3 * x, np.arange(7))
    assert x[path].tolist() == sorted(x)
    assert min(cost(p, distance, 1e-3 * x) for p in permutations(range(7))) == pytest.approx(
        cost(path, distance, 1e-3 * x)
    )


def made(true_um: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    bell = np.exp(-0.5 * ((true_um[:, None] - POSITIONS[None]) / WIDTH_UM) ** 2)
    alike = np.exp(-0.5 * ((true_um[:, None] - true_um[None]) / WIDTH_UM) ** 2)
    return bell + rng.normal(0, noise, bell.shape), alike


def test_locks_of_an_unknown_order_are_never_inverted():
    true = 1500.0 + 120.0 * np.random.default_rng(4).permutation(40)
    similarity, alike = made(true, 0.1)
    front, back = int(true.argmin()), int(true.argmax())
    locks = {front: 70, back: 20}
    fit = fit_series(similarity, POSITIONS, order="unknown", likeness=alike, locks=locks)
    assert fit.positions.even_um[front] == 6900.0
    assert fit.positions.even_um[back] == 1900.0
    along = fit.positions.even_um[fit.positions.order]
    assert (np.diff(along) >= -1e-9).all()


def test_tips_that_look_like_plates_of_the_other_end_stay_with_their_neighbours():
    true = 1000.0 + 150.0 * np.random.default_rng(2).permutation(50)
    similarity, alike = made(true, 0.05)
    tips = np.argsort(true)[[0, 1]]
    similarity[tips] = made(np.array([8300.0, 8200.0]), 0.05)[0]
    fit = fit_series(similarity, POSITIONS, order="unknown", likeness=alike)
    place = np.empty(50)
    place[fit.positions.order] = np.arange(50)
    assert kendalltau(place, true).statistic > 0.98


def test_a_sparse_series_in_known_order_is_left_in_it():
    true = 600.0 + 1100.0 * np.arange(8)
    similarity, alike = made(true, 0.05)
    # The first looks a little like the last, as the two ends of a brain do.
    alike[0, 6:] = alike[6:, 0] = 0.3
    fit = fit_series(similarity, POSITIONS, likeness=alike)
    assert not fit.moved.any()
    assert any("hardly look alike" in warning for warning in fit.warnings)
