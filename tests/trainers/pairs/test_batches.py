"""Batches of two modalities: places near but never the same, equal for equal seeds."""

import dataclasses

import numpy as np
import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import cut_pair
from brainseek.trainers.augmentations.patch import PatchAugmentation
from brainseek.trainers.pairs.batches import CLUSTER, PairBatches
from brainseek.trainers.recipe import ModalitiesSettings
from tests.catalog.pairs.made_pairs import made_pair

STILL = PatchAugmentation(
    mirror=0, rotation_deg=0, log_scale=0, shift=0, gamma=0, gain=0, blur=0, noise=0
)
SETTINGS = ModalitiesSettings("made", ("nissl", "autofluorescence"), side_px=16, places=24)


@pytest.fixture(scope="module")
def pairs():
    return [made_pair(seed, side=200) for seed in (1, 2, 3, 4)]


def batches(pairs, augmentation=STILL, rank=0, world=1, seed=5, **changes) -> PairBatches:
    settings = dataclasses.replace(SETTINGS, **changes)
    return PairBatches(pairs, settings, augmentation, range(3), seed, rank, world)


def test_a_batch_shows_its_places_turned_together(pairs):
    made = batches(pairs, relative_turn_deg=0.0, log_scale=0.0, turn_deg=0.0)
    images, places = made[1]
    assert images.shape == (24, 2, 16, 16)
    assert (images.min(), images.max()) == (0, 1)
    for (number, *place), both in zip(places.numpy(), images.numpy(), strict=True):
        pair = made.pairs[int(number)]
        centre = np.array([place[1:]]) / 25.0  # the made atlas is the first image in µm
        for patch, cut in zip(both, cut_pair(pair, centre, made.frame), strict=True):
            assert np.corrcoef(patch.ravel(), cut.ravel().astype(float))[0, 1] > 0.97


@pytest.mark.parametrize("negatives", ["near", "random"])
def test_places_are_never_the_same_and_near_ones_are_near(pairs, negatives):
    made = batches(pairs, negatives=negatives, near_share=0.5)
    for step in range(3):
        numbers, rows = made.draw(step)
        found = np.array([made.places_um[n][r] for n, r in zip(numbers, rows, strict=True)])
        apart = np.linalg.norm(found[:, None] - found[None], axis=2)
        assert apart[~np.eye(24, dtype=bool)].min() >= 400
        clustered = (numbers[:, None] == numbers) & (apart <= 1500)
        if negatives == "near":
            near = clustered[:12, :12].sum(1)
            assert (near > 1).mean() >= 0.75
            firsts = np.flatnonzero(np.diff(numbers[:12])) + 1
            for cluster in np.split(np.arange(12), firsts):
                assert len(cluster) > CLUSTER or apart[np.ix_(cluster, cluster)].max() <= 1500


def test_sections_without_an_atlas_are_apart_from_each_other(pairs):
    """In one atlas the second copy of a section leaves no room; without, it does."""
    alone = [dataclasses.replace(pair, atlas=None, to_atlas=None) for pair in (pairs[0], pairs[0])]
    near = {"near_um": (900.0, 1500.0), "negatives": "random", "places": 20}
    assert len(batches(alone, **near)[0][0]) == 20
    with pytest.raises(BrainseekError, match=r"Only \d+ places at least 900 µm apart"):
        batches([pairs[0], pairs[0]], **near)[0]


def test_equal_seeds_equal_batches_and_ranks_share_one(pairs):
    augmentation = PatchAugmentation(mirror=0)
    whole = batches(pairs, augmentation)[2]
    again = batches(pairs, augmentation)[2]
    halves = [batches(pairs, augmentation, rank, 2, places=12)[2] for rank in (0, 1)]
    for one, two, *parts in zip(whole, again, *halves, strict=True):
        assert torch.equal(one, two)
        assert torch.equal(one, torch.cat(parts))
    other = batches(pairs, augmentation, seed=6)[2]
    assert not torch.equal(whole[1], other[1])
    assert not torch.equal(batches(pairs, augmentation)[1][1], whole[1])


def test_the_modalities_are_augmented_apart(pairs):
    noisy = PatchAugmentation(
        mirror=0, rotation_deg=0, log_scale=0, shift=0, gamma=0.5, gain=0, blur=0, noise=0
    )
    still, changed = batches(pairs)[0][0], batches(pairs, noisy)[0][0]
    exponents = torch.log(changed.clamp(0.02, 0.98)) / torch.log(still.clamp(0.02, 0.98))
    middle = exponents.flatten(2).median(2).values
    assert middle.std() > 0.2
    assert abs(np.corrcoef(middle[:, 0], middle[:, 1])[0, 1]) < 0.6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"negatives": "far"}, "negatives 'far' are unknown"),
        ({"near_um": (400.0,)}, "is no range"),
        ({"near_um": (900.0, 400.0)}, "is no range"),
        ({"places": 1}, "batch of 1 places"),
        ({"least_tissue": 1.1}, r"No patch of 400 µm is 110% tissue"),
        ({"augmentation": PatchAugmentation()}, "would turn over one patch of a pair"),
    ],
)
def test_impossible_settings_are_named(pairs, changes, message):
    with pytest.raises(BrainseekError, match=message):
        batches(pairs, **changes)
