"""Patches that stay upright."""

from dataclasses import replace

import numpy as np

from brainseek.trainers.augmentations.patch import PatchAugmentation

STILL = PatchAugmentation(mirror=0, rotation_deg=0, log_scale=0, shift=0, gamma=0, gain=0, blur=0,
                          noise=0)  # fmt: skip


def test_no_change_leaves_the_picture_and_a_mirror_swaps_its_columns():
    picture = np.random.default_rng(0).integers(0, 256, (24, 24), dtype=np.uint8)
    rng = np.random.default_rng(1)
    assert np.allclose(STILL(picture, 24, rng) * 255, picture, atol=1e-3)
    mirrored = replace(STILL, mirror=1.0)(picture, 24, rng) * 255
    assert np.allclose(mirrored, picture[:, ::-1], atol=1e-3)


def test_changes_keep_the_patch_upright_and_in_range():
    ramp = np.repeat(np.linspace(20, 220, 40).astype(np.uint8)[:, None], 40, axis=1)
    augmentation, rng = PatchAugmentation(), np.random.default_rng(2)
    views = np.stack([augmentation(ramp, 32, rng) for _ in range(50)])
    assert views.shape == (50, 32, 32)
    assert views.dtype == np.float32
    assert views.min() >= 0
    assert views.max() <= 1
    assert (views[:, 24:].mean((1, 2)) > views[:, :8].mean((1, 2)) + 0.2).all()
    assert views.mean((1, 2)).std() > 0.01
