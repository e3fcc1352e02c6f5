"""Profiles as if they were measured again."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek.trainers.augmentations.profile import ProfileAugmentation


def profile() -> np.ndarray:
    stain = 0.25 + 0.05 * np.sin(np.linspace(0, 5, 50))
    return np.concatenate([[0.1, 0.1, 0.25, 0.1, 0.2, 0.25, 0.5], stain])[None].astype(np.float32)


QUIET = ProfileAugmentation(0, 0, 0, 0, 0, 0, 0)


def test_without_change_a_profile_stays():
    view = QUIET(profile(), 48, np.random.default_rng(0))
    np.testing.assert_allclose(view, profile(), atol=1e-6)
    assert view.dtype == np.float32


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("layers", slice(0, 6)), ("thickness", slice(6, 7)), ("gain", slice(7, 57)),
        ("offset", slice(7, 57)), ("depth", slice(7, 57)), ("noise", slice(7, 57)),
    ],
)  # fmt: skip
def test_each_setting_changes_its_own_numbers_without_bias(setting, changed):
    augmentation = replace(QUIET, **{setting: 0.02})
    rng = np.random.default_rng(1)
    views = np.stack([augmentation(profile(), 1, rng)[0] for _ in range(600)]) - profile()
    assert (views[:, changed].std(0) > 1e-5).mean() > 0.9
    others = np.delete(views, np.arange(57)[changed], axis=1)
    assert np.abs(others).max() < 1e-6
    ends = [7, 8, 9, 54, 55, 56]  # beyond them the profile goes on evenly
    mean, spread = np.delete([views.mean(0), views.std(0) / 600**0.5], ends, axis=1)
    assert (np.abs(mean) < 5 * spread + 4e-4).all()


def test_shares_add_up_and_lost_numbers_take_the_mean():
    rng = np.random.default_rng(2)
    view = replace(QUIET, layers=0.5)(profile(), 1, rng)[0]
    assert view[:6].sum() == pytest.approx(1.0, abs=1e-5)
    lost = replace(QUIET, dropout=1.0)(profile(), 1, rng)[0]
    np.testing.assert_allclose(lost[:6], 1 / 6, rtol=1e-5)
    np.testing.assert_allclose(lost[7:], profile()[0, 7:].mean(), rtol=1e-5)
    half = replace(QUIET, dropout=0.5)
    kept = np.mean([half(profile(), 1, rng)[0, 7:] == profile()[0, 7:] for _ in range(200)])
    assert kept == pytest.approx(0.5, abs=0.03)


def test_the_gain_of_a_profile_is_one_factor_and_the_depth_moves_it():
    rng = np.random.default_rng(4)
    gain = replace(QUIET, gain=0.2)(profile(), 1, rng)[0, 7:] / profile()[0, 7:]
    assert np.ptp(gain) < 1e-5
    assert gain[0] != pytest.approx(1.0, abs=1e-3)
    moved = replace(QUIET, depth=0.05)(profile(), 1, rng)[0, 7:]
    turning, before = moved.argmax(), profile()[0, 7:].argmax()
    assert 0 < abs(turning - before) < 12
    assert moved.max() == pytest.approx(profile()[0, 7:].max(), abs=1e-3)
