"""Augmentations of sections: range, seeds, and that each distortion does what it says."""

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.trainers.augmentations import distortions
from brainseek.trainers.augmentations.geometry import resampled
from brainseek.trainers.augmentations.published import Published
from brainseek.trainers.augmentations.registry import build_augmentation
from brainseek.trainers.augmentations.strong import Strong


@pytest.fixture
def picture() -> np.ndarray:
    y, x = np.mgrid[:256, :256]
    inside = np.hypot((y - 128) / 90, (x - 128) / 110) < 1
    return np.where(inside, 120 + 60 * np.sin(x / 9) * np.cos(y / 7), 0).astype(np.uint8)


@pytest.mark.parametrize("augmentation", [Published(), Strong()])
def test_views_are_network_input_and_follow_the_seed(picture, augmentation):
    for seed in range(20):
        view = augmentation(picture, 64, np.random.default_rng(seed))
        again = augmentation(picture, 64, np.random.default_rng(seed))
        assert view.shape == (64, 64)
        assert view.dtype == np.float32
        assert 0 <= view.min() <= view.max() <= 1
        assert np.array_equal(view, again)
        assert (view > 0.05).mean() > 0.02


def test_nothing_switched_on_gives_the_picture_back(picture):
    still = Strong(
        whole=1, hemisection=0, rotation_deg=0, log_scale=0, shear=0, elastic=0, flip=0, missing=0,
        tear=0, bands=0, illumination=0, equalise=0, invert=0, blur=0, noise=0,
    )  # fmt: skip
    view = still(picture, 128, np.random.default_rng(1))
    box = picture[38:218, 18:238]
    rows = np.nonzero(view.max(1) > 0.1)[0]
    assert pytest.approx(rows[-1] - rows[0] + 1, abs=8) == 128 * 180 / 220
    assert view.max() > 0.3
    assert box.max() > 0


def test_a_shift_gives_the_shifted_picture(picture):
    matrix = np.eye(3)
    matrix[:2, 2] = (5, -3)
    moved = resampled(picture, matrix, 256)
    assert np.array_equal(moved[10:200, 10:200], picture[13:203, 5:195])


def test_pictures_shrink_without_aliasing():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (256, 256), dtype=np.uint8)
    small = resampled(noise, np.diag([1 / 8, 1 / 8, 1.0]), 32)
    assert small.std() < noise.std() / 4


def test_damage_removes_tissue_only(picture):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        for damage in (distortions.missing_tissue, distortions.tear):
            out = damage(picture, rng)
            assert ((out == picture) | (out == 0)).all()
    box = distortions.keep_box(picture, (100, 150, 60, 200))
    assert box[:60].sum() == box[:, 150:].sum() == 0
    assert np.array_equal(box[60:200, 100:150], picture[60:200, 100:150])


def test_gains_are_positive_and_centred():
    rng = np.random.default_rng(0)
    bands = np.mean([distortions.stitching_bands(96, rng) for _ in range(50)])
    assert bands == pytest.approx(1.0, abs=0.1)
    assert all((distortions.stitching_bands(96, rng) > 0).all() for _ in range(20))


def test_unknown_settings_are_refused():
    with pytest.raises(BrainseekError, match="choose from"):
        build_augmentation({"kind": "stronger"})
    with pytest.raises(BrainseekError, match="augmentation 'strong': unknown key 'blurr'"):
        build_augmentation({"kind": "strong", "blurr": 1})
