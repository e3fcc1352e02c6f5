"""Scores, places, mutual information and features of the benchmark of modalities, by hand."""

import math

import cv2
import numpy as np
import pytest

from benchmarks.modalities.features import FrozenFeatures, best_on, both_orders, scaling_of
from benchmarks.modalities.mutual_information import BINS, match, mutual_information
from benchmarks.modalities.places import Places, chosen_centres, cut_places
from benchmarks.modalities.scores import by_chance, folded, nearest, retrieval, spread
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, cut_pair
from tests.embedder.made_multimodal_encoder import made_pair

FRAME = PairFrame(32, 25.0)


def made_places(n: int = 40, blocks: int = 4, seed: int = 0) -> Places:
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 256, (n, 8, 8), dtype=np.uint8)
    places_um = rng.uniform((0, 0, 1000), (8000, 6000, 10400), (n, 3))
    numbers = np.arange(n) * 8 // n
    return Places(
        ("nissl", "autofluorescence"), (patches, patches), (patches, patches), places_um, numbers,
        np.arange(n) * blocks // n,
    )  # fmt: skip


def test_retrieval_by_slow_loops():
    rng = np.random.default_rng(1)
    places = made_places()
    queries, gallery = rng.normal(size=(2, 40, 5)).astype(np.float32)
    rows = np.array([3, 17, 17, 39])
    order = nearest(queries[rows], gallery)
    found = retrieval(order, places, rows)
    ranks, errors, mirrored = [], [], []
    for row in rows:
        cosines = [
            float(queries[row] @ one / np.linalg.norm(queries[row]) / np.linalg.norm(one))
            for one in gallery
        ]
        listed = sorted(range(40), key=lambda i: -cosines[i])
        ranks.append(1 + listed.index(row))
        here, there = places.places_um[row], places.places_um[listed[0]]
        errors.append(math.dist(here, there))
        sides = [abs(point[2] - 5700) for point in (here, there)]
        mirrored.append(math.hypot(*(here - there)[:2], sides[0] - sides[1]))
    assert found.recall1 == pytest.approx(np.mean([r <= 1 for r in ranks]))
    assert found.recall5 == pytest.approx(np.mean([r <= 5 for r in ranks]))
    assert found.recall10 == pytest.approx(np.mean([r <= 10 for r in ranks]))
    assert found.median_rank == np.median(ranks)
    assert found.error_um == pytest.approx(np.median(errors))
    assert found.folded_um == pytest.approx(np.median(mirrored))
    by_block = [np.mean([r <= 5 for r, b in zip(ranks, [0, 1, 1, 3], strict=True) if b == block])
                for block in (0, 1, 3)]  # fmt: skip
    assert found.blocks == pytest.approx(by_block)


def test_equal_vectors_for_all_reach_what_chance_reaches():
    places = made_places()
    chance = by_chance(places)
    assert chance.numbers[:4] == (1 / 40, 5 / 40, 10 / 40, 20.5)
    collapsed = np.ones((40, 3), np.float32)
    assert retrieval(nearest(collapsed, collapsed), places).recall5 == 5 / 40


def test_chance_is_the_mean_of_random_orders():
    places, rng = made_places(), np.random.default_rng(2)
    tried = [
        retrieval(np.stack([rng.permutation(40) for _ in range(40)]), places) for _ in range(150)
    ]
    chance = by_chance(places)
    np.testing.assert_allclose(
        np.mean([one.numbers for one in tried], axis=0)[:4], chance.numbers[:4], rtol=0.1
    )
    assert np.mean([one.error_um for one in tried]) == pytest.approx(chance.error_um, rel=0.05)
    assert chance.folded_um < chance.error_um


def test_folding_puts_the_right_side_onto_the_left():
    points = np.array([[1.0, 2, 5600], [1, 2, 5800], [1, 2, 5700]])
    assert folded(points)[:, 2].tolist() == [5600, 5600, 5700]
    np.testing.assert_array_equal(folded(folded(points)), folded(points))


def test_spread_only_of_several():
    assert spread([0.25], 2) == "0.25"
    assert spread([1.0, 3.0], 1) == "2.0 ± 1.0"


def test_places_are_cut_as_pairs_are():
    pairs = [made_pair(seed, (96, 128)) for seed in (4, 5, 9)]
    chosen = chosen_centres(pairs, FRAME, 30, every_um=200.0)
    places = cut_places(chosen, FRAME, 5.0, 2)
    assert len(places) == 30
    assert set(places.numbers.tolist()) == {0, 1, 2}
    assert places.blocks.tolist() == [number // 2 for number in places.numbers]
    for row in (0, 13, 29):
        pair, centre = pairs[places.numbers[row]], chosen.centres[row : row + 1]
        first, second = cut_pair(pair, centre, FRAME)
        np.testing.assert_array_equal(places.upright[0][row], first[0])
        np.testing.assert_array_equal(places.upright[1][row], second[0])
        np.testing.assert_array_equal(places.places_um[row], pair.places_um(centre)[0])
        tried = [cut_pair(pair, centre, FRAME, np.array([a]), np.array([a])) for a in
                 np.arange(-5.5, 5.6, 0.25)]  # fmt: skip
        for channel in (0, 1):
            apart = [
                np.abs(one[channel][0].astype(int) - places.turned[channel][row]).mean()
                for one in tried
            ]
            assert 0 < int(np.argmin(apart)) < len(tried) - 1
    again = cut_places(chosen_centres(pairs, FRAME, 30, every_um=200.0), FRAME, 5.0, 2)
    np.testing.assert_array_equal(places.turned[1], again.turned[1])
    with pytest.raises(BrainseekError, match="too few to be compared"):
        chosen_centres(pairs[:1], FRAME, 30, every_um=3000.0)


def test_mutual_information_by_slow_loops():
    rng = np.random.default_rng(3)
    query, gallery = rng.integers(0, 3, 50), rng.integers(0, 3, (4, 50))
    gallery[2] = 2 - query
    found = mutual_information(query, gallery, bins=3)
    for codes, value in zip(gallery, found, strict=True):
        total = 0.0
        for a in range(3):
            for b in range(3):
                joint = np.mean((codes == a) & (query == b))
                if joint:
                    total += joint * math.log(joint / np.mean(codes == a) / np.mean(query == b))
        assert value == pytest.approx(total)
    entropy = -sum(p * math.log(p) for p in np.bincount(query) / 50)
    assert found[2] == pytest.approx(entropy)
    assert BINS == 16


def test_templates_are_found_in_another_contrast_and_turned():
    pair = made_pair(0, (160, 200))
    chosen = chosen_centres([pair], PairFrame(64, 25.0), 20, every_um=500.0)
    places = cut_places(chosen, PairFrame(64, 25.0), 4.0, 1)
    rows = np.array([1, 7])
    matched = match(places.turned[0][rows], places.upright[1])
    assert matched.order[:, 0].tolist() == [1, 7]
    assert sorted(matched.order[0].tolist()) == list(range(len(places)))
    assert matched.seconds > 0


def with_offset(patches: np.ndarray, modality: str) -> np.ndarray:
    """Small gray pictures; of the second modality right but for a common offset and scale."""
    autofluorescence = modality == "autofluorescence"
    shown = 255 - patches if autofluorescence else patches
    small = [cv2.resize(one, (8, 8), interpolation=cv2.INTER_AREA).ravel() for one in shown]
    found = np.stack(small).astype(np.float32)
    ramp = np.linspace(-40, 40, 64, dtype=np.float32) ** 3
    return 20 * found + ramp if autofluorescence else found


def test_scaling_is_chosen_where_it_helps():
    pairs = [made_pair(seed, (160, 200)) for seed in range(4)]
    training, validation = (
        cut_places(chosen_centres(some, FRAME, 100, every_um=400.0), FRAME, 0.0, 1)
        for some in (pairs[:2], pairs[2:])
    )
    chosen = best_on(validation, training, "made", with_offset, (32, 40))
    assert chosen.scaling is not None
    assert chosen.choice in ("32 px, standardised", "40 px, standardised")
    raw = FrozenFeatures("made", with_offset, 32)
    better, worse = (
        retrieval(both_orders(one, validation)[0], validation).recall5 for one in (chosen, raw)
    )
    assert better > 0.6
    assert worse < 0.4
    features = raw(training.upright[1], "autofluorescence")
    scaled = scaling_of(raw, training)(features, "autofluorescence")
    np.testing.assert_allclose(scaled, (features - features.mean(0)) / features.std(0), atol=1e-4)
