"""Features of places: the same network that embeds, looked at before it pools."""

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from brainseek import BrainseekError
from brainseek.embedder.feature_map import STRIDES, equalised, feature_map
from brainseek.embedder.networks.embedding import build_network
from brainseek.embedder.registry import load_encoder

ENCODERS = ("plates-mni152", "plates-mouse-nissl")


@pytest.fixture(scope="module")
def gray() -> np.ndarray:
    rng = np.random.default_rng(0)
    return cv2.GaussianBlur(rng.random((96, 128)).astype(np.float32), (0, 0), 3)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_last_map_is_what_the_encoder_pools(name, gray):
    encoder = load_encoder(name, device="cpu")
    found = feature_map(encoder, gray, STRIDES[-1])
    with torch.inference_mode():
        pooled = encoder.network.features(torch.from_numpy(gray)[None, None])[0]
    np.testing.assert_allclose(found.mean((1, 2)), pooled, atol=1e-4)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("stride", STRIDES)
def test_a_place_covers_stride_pixels(name, stride, gray):
    found = feature_map(load_encoder(name, device="cpu"), gray, stride)
    assert found.shape[1:] == (96 // stride, 128 // stride)


@pytest.mark.parametrize("name", ENCODERS)
def test_a_shift_by_whole_places_shifts_the_map(name, gray):
    encoder = load_encoder(name, device="cpu")
    wide = np.zeros((160, 224), np.float32)
    one, two = wide.copy(), wide.copy()
    one[32:128, 32:160] = gray
    two[32:128, 48:176] = gray
    here, there = (feature_map(encoder, image, 8) for image in (one, two))
    middle = here[:, 6:14, 6:16]
    np.testing.assert_allclose(there[:, 6:14, 8:18], middle, atol=1e-3)
    assert not torch.allclose(there[:, 6:14, 6:16], middle, atol=1e-2)


@pytest.mark.parametrize(("shape", "stride"), [((96, 130), 8), ((96, 128), 7)])
def test_impossible_maps_are_refused(shape, stride):
    with pytest.raises(BrainseekError, match="no map of stride"):
        feature_map(
            load_encoder("plates-mni152", device="cpu"), np.zeros(shape, np.float32), stride
        )


def test_backbones_of_timm_give_maps_too(gray):
    encoder = load_encoder("plates-mni152", device="cpu")
    encoder.network = build_network("timm/resnet10t", 8).eval()
    assert feature_map(encoder, gray, 16).shape[1:] == (6, 8)
    encoder.network.trunk = nn.Conv2d(1, 3, 1)
    with pytest.raises(BrainseekError, match="gives no maps"):
        feature_map(encoder, gray, 16)


def test_pictures_are_equalised_as_the_encoder_does_it(gray):
    encoder = load_encoder("plates-mouse-nissl", device="cpu")
    settings = encoder.card.preprocessing
    tiles = (settings.clahe_tiles, settings.clahe_tiles)
    bytes_ = (gray * 255).astype(np.uint8)
    expected = cv2.createCLAHE(settings.clahe_clip, tiles).apply(bytes_) / 255
    np.testing.assert_allclose(equalised(gray, encoder), expected, atol=1e-6)
