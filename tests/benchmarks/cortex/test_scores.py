"""Scores of cortical embeddings against loops and known answers."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import f1_score

from benchmarks.cortex.scores import macro_f1, neighbour_f1, place_errors_um, probe_f1, scored_areas
from brainseek.trainers.cortex.scores import distance_spearman


def clusters(seed: int, spread: float):
    """Vectors around three directions, 40 each, with areas 1 to 3."""
    rng = np.random.default_rng(seed)
    areas = np.repeat([1, 2, 3], 40).astype(np.int32)
    vectors = np.eye(3, 6)[areas - 1] + spread * rng.normal(size=(120, 6))
    return vectors.astype(np.float32), areas


def test_macro_f1_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth, found = rng.integers(1, 6, (2, 200)).astype(np.int32)
    assert macro_f1(found, truth) == pytest.approx(f1_score(truth, found, average="macro"))


def test_small_and_one_sided_areas_are_left_out():
    train = np.array([0] * 9 + [1] * 5 + [2] * 4 + [3] * 8, np.int32)
    test = np.array([1] * 6 + [2] * 6 + [4] * 7 + [3] * 5 + [0] * 9, np.int32)
    assert scored_areas(train, test).tolist() == [1, 3]


@pytest.mark.parametrize("score", [probe_f1, neighbour_f1])
def test_areas_are_read_from_clusters_and_not_from_noise(score):
    train, areas = clusters(0, 0.05)
    test, truth = clusters(1, 0.05)
    assert score(train, areas, test, truth) == 1.0
    shuffled = np.random.default_rng(2).permutation(areas)
    assert score(train, shuffled, test, truth) < 0.6
    unknown = np.where(areas == 2, 0, areas).astype(np.int32)
    assert score(train, unknown, test, truth) == 1.0


def test_spearman_counts_near_pairs_only():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(20, 4)).astype(np.float32)
    distances = rng.uniform(0, 90_000, (20, 20)).astype(np.float32)
    distances[3, 7] = np.inf
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine, apart = [], []
    for i in range(20):
        for j in range(i + 1, 20):
            if distances[i, j] <= 60_000:
                cosine.append(1 - float(unit[i] @ unit[j]))
                apart.append(distances[i, j])
    expected = spearmanr(cosine, apart).statistic
    assert distance_spearman(unit, distances) == pytest.approx(expected, abs=1e-3)


def test_the_best_of_several_hits_counts():
    gallery = np.eye(4, dtype=np.float32)
    queries = np.array([[1.0, 0.9, 0, 0], [0, 0, 0.1, 1.0]], np.float32)
    distances = np.array([[500.0, 20.0, 1.0, 1.0], [1.0, 1.0, 7.0, 300.0]], np.float32)
    assert place_errors_um(gallery, queries, distances, 1).tolist() == [500.0, 300.0]
    assert place_errors_um(gallery, queries, distances, 2).tolist() == [20.0, 7.0]
