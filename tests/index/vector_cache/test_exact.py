"""Exact search against a slow loop."""

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.vector_cache import exact
from brainseek.index.vector_cache.exact import ExactIndex


def unit(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    vectors = rng.normal(size=(n, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def slow_search(vectors: np.ndarray, query: np.ndarray, k: int) -> list[tuple[float, int]]:
    """Sum every product term by term, then sort by (falling score, rising number)."""
    scored = []
    for number, vector in enumerate(vectors):
        score = 0.0
        for a, b in zip(vector.tolist(), query.tolist(), strict=True):
            score += a * b
        scored.append((score, number))
    return sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:k]


several_blocks = pytest.mark.parametrize("n", [40, 2 * exact._BLOCK_ROWS + 3])


@several_blocks
@pytest.mark.parametrize("k", [1, 5, 100])
def test_equals_a_slow_loop(n: int, k: int) -> None:
    rng = np.random.default_rng(0)
    vectors, queries = unit(rng, n, 4), unit(rng, 3, 4)
    scores, numbers = ExactIndex(vectors).search(queries, k)
    assert scores.shape == numbers.shape == (3, min(k, n))
    for q in range(3):
        expected = slow_search(vectors, queries[q], k)
        assert numbers[q].tolist() == [number for _, number in expected]
        np.testing.assert_allclose(scores[q], [score for score, _ in expected], atol=1e-6)


@several_blocks
def test_ties_keep_the_given_order(n: int) -> None:
    rng = np.random.default_rng(1)
    vectors = unit(rng, n, 16)
    equal = [3, 7, n // 2, n // 2 + 1, n - 2, n - 1]
    vectors[equal] = vectors[7]
    _, numbers = ExactIndex(vectors).search(vectors[7:8], 5)
    assert numbers[0].tolist() == equal[:5]


def test_equals_faiss() -> None:
    faiss = pytest.importorskip("faiss")
    rng = np.random.default_rng(2)
    vectors, queries = unit(rng, 20_000, 8), unit(rng, 5, 8)
    flat = faiss.IndexFlatIP(8)
    flat.add(vectors)
    _, expected = flat.search(queries, 20)
    np.testing.assert_array_equal(ExactIndex(vectors).search(queries, 20)[1], expected)


@several_blocks
@pytest.mark.parametrize("k", [1, 5, 30])
def test_a_subset_is_searched_alone(n: int, k: int) -> None:
    rng = np.random.default_rng(3)
    vectors, queries = unit(rng, n, 8), unit(rng, 4, 8)
    subset = np.array([0, 3, 4, 11, 12, n // 2, n - 1])
    _, numbers = ExactIndex(vectors).search(queries, k, subset)
    for q in range(4):
        expected = [subset[n] for _, n in slow_search(vectors[subset], queries[q], k)]
        assert numbers[q].tolist() == expected


@several_blocks
def test_within_returns_all_that_are_near_enough(n: int) -> None:
    rng = np.random.default_rng(4)
    vectors, query = unit(rng, n, 4), unit(rng, 1, 4)[0]
    scores, numbers = ExactIndex(vectors).within(query, 0.4)
    expected = [number for score, number in slow_search(vectors, query, n) if score >= 0.4]
    assert len(expected) > 3
    assert numbers.tolist() == expected
    assert (np.diff(scores) <= 0).all()
    subset = np.array(expected[1:3])
    assert sorted(ExactIndex(vectors).within(query, 0.4, np.sort(subset))[1]) == sorted(subset)


def test_empty_index_and_no_queries() -> None:
    scores, numbers = ExactIndex(np.empty((0, 4), np.float32)).search(np.eye(4), 3)
    assert scores.shape == numbers.shape == (4, 0)
    scores, _ = ExactIndex(np.eye(4)).search(np.empty((0, 4)), 3)
    assert scores.shape == (0, 3)


@pytest.mark.parametrize(
    ("vectors", "says"),
    [
        (np.ones(4), "not a matrix"),
        (np.array([[np.nan, 0, 0, 1]]), "NaN or infinite"),
        (np.array([[np.inf, 0, 0, 1]]), "NaN or infinite"),
        (np.array([[1, 1, 0, 0]]), "length 1.414"),
        (np.zeros((1, 4)), "length 0 "),
    ],
)
def test_bad_vectors_are_refused(vectors: np.ndarray, says: str) -> None:
    with pytest.raises(BrainseekError, match=says):
        ExactIndex(vectors)


def test_bad_queries_are_refused() -> None:
    index = ExactIndex(np.eye(4))
    with pytest.raises(BrainseekError, match="3 dimensions and the collection has 4"):
        index.search(np.eye(3), 1)
    with pytest.raises(BrainseekError, match="k is 0"):
        index.search(np.eye(4), 0)
