"""Maps of features and their likeness, against slow loops."""

import numpy as np
import pytest
import torch

from brainseek.registration.alignment import feature_map as module
from brainseek.registration.alignment.feature_map import FeatureMap, likeness, map_of, moved
from brainseek.registration.alignment.picture import Picture


@pytest.fixture
def features(monkeypatch):
    """Let the network return random features (3 channels) of a 5 by 4 map."""
    found = torch.from_numpy(np.random.default_rng(1).normal(size=(3, 5, 4)).astype(np.float32))
    monkeypatch.setattr(module, "feature_map", lambda encoder, gray, stride: found)
    return found


def half_tissue() -> Picture:
    tissue = np.zeros((37, 30), bool)
    tissue[:, :16] = True
    return Picture(np.zeros((37, 30), np.float32), tissue, (1.0, 1.0))


def test_places_hold_unit_vectors_about_the_mean_of_the_tissue(features):
    found = map_of(None, half_tissue(), 8)
    values = features.numpy()
    where = [(r, c) for r in range(4) for c in range(2)]  # the fifth row is padding for over half
    mean = np.mean([values[:, r, c] for r, c in [*where, (4, 0), (4, 1)]], axis=0)
    assert found.tissue[:, :2].all()
    assert not found.tissue[:, 2:].any()
    for r, c in where:
        centred = values[:, r, c] - mean
        expected = centred / np.linalg.norm(centred)
        np.testing.assert_allclose(found.vectors[:, r, c], expected, atol=1e-5)
    assert (found.vectors[:, :, 2:] == 0).all()


def test_what_a_stain_adds_everywhere_does_not_count(features, monkeypatch):
    before = map_of(None, half_tissue(), 8).vectors
    added = features + torch.tensor([5.0, -3.0, 1.0])[:, None, None]
    monkeypatch.setattr(module, "feature_map", lambda encoder, gray, stride: added)
    np.testing.assert_allclose(map_of(None, half_tissue(), 8).vectors, before, atol=1e-5)


def test_a_picture_without_tissue_has_an_empty_map(features):
    empty = Picture(np.zeros((37, 30), np.float32), np.zeros((37, 30), bool), (1.0, 1.0))
    found = map_of(None, empty, 8)
    assert not found.vectors.any()
    assert likeness(found, found) == 0


def test_likeness_is_the_mean_cosine_over_the_sections_tissue():
    rng = np.random.default_rng(2)
    maps = []
    for _ in range(2):
        tissue = rng.random((6, 5)) > 0.4
        vectors = rng.normal(size=(4, 6, 5)) * tissue
        length = np.linalg.norm(vectors, axis=0)
        vectors = vectors / np.where(length == 0, 1, length)
        maps.append(FeatureMap(torch.from_numpy(vectors), tissue))
    one, two = maps
    total = 0.0
    for r in range(6):
        for c in range(5):
            if one.tissue[r, c]:
                total += float(one.vectors[:, r, c] @ two.vectors[:, r, c])
    assert likeness(one, two) == pytest.approx(total / one.tissue.sum())
    assert likeness(one, one) == pytest.approx(1.0)


def test_a_picture_moves_with_its_tissue():
    gray = np.zeros((20, 24), np.float32)
    gray[5, 7] = 1.0
    picture = Picture(gray, gray > 0, (2.0, 2.0))
    there = moved(picture, np.array([[1.0, 0.0, 3.0], [0.0, 1.0, -2.0]]), (30, 30))
    assert there.gray.shape == (30, 30)
    assert np.argwhere(there.gray > 0.5).tolist() == [[8, 5]]
    assert np.argwhere(there.tissue).tolist() == [[8, 5]]
