"""Encoders of several modalities: what they see, their vectors, their files."""

import dataclasses

import numpy as np
import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import section_from_array
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.registry import encoder_names, load_encoder
from tests.embedder.made_multimodal_encoder import MODALITIES, release_untrained


@pytest.fixture
def folder(tmp_path):
    release_untrained(tmp_path, "tiny")
    return tmp_path


@pytest.fixture
def encoder(folder):
    return load_encoder("tiny", "cpu", folder, kind=MultimodalEncoder)


def patches(n: int = 5, side: int = 32) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 180, (n, side, side)).astype(np.uint8)


def test_an_encoder_is_its_network_on_spread_patches(encoder):
    made = patches()
    inputs = np.stack([spread_gray(patch) for patch in made]).astype(np.float32) / 255
    with torch.inference_mode():
        expected = encoder.network.embed(torch.from_numpy(inputs)[:, None], "nissl").numpy()
    np.testing.assert_allclose(encoder.embed(made, "nissl", batch_size=2), expected, atol=1e-5)
    assert encoder.features(made, "nissl").shape == (5, 8)
    assert encoder.embed(made[:0], "nissl").shape == (0, 16)
    brighter = (made.astype(np.float32) * 0.7 + 30).astype(np.float32)
    np.testing.assert_allclose(encoder.embed(brighter, "nissl"), expected, atol=0.02)
    assert (encoder.dim, encoder.modalities) == (16, MODALITIES)


def test_other_pixel_sizes_are_brought_to_the_card_s(encoder):
    middle = patches(side=40)[:, 4:36, 4:36]
    for patch, cut in zip(patches(side=40), middle, strict=True):
        np.testing.assert_array_equal(encoder.prepare(patch, 25.0), encoder.prepare(cut))
    rows, columns = np.mgrid[:96, :96]
    fine = np.stack([rows, 2.0 * columns + rows, rows * columns]).astype(np.float32)
    blocks = fine.reshape(3, 32, 3, 32, 3).mean((2, 4))
    for patch, block in zip(fine, blocks, strict=True):
        close = np.abs(encoder.prepare(patch, 25.0 / 3) - encoder.prepare(block, 25.0))
        assert close[2:-2, 2:-2].max() < 0.02


def test_finer_patches_are_averaged_instead_of_skipped(encoder):
    """Fine noise under a coarse edge: what is left of it is that of a mean, not of one pixel."""
    noise = 40.0 * (np.indices((128, 128)).sum(0) % 2)
    edge = 100.0 * (np.arange(128) >= 64)
    found = encoder.prepare(noise + edge, 25.0 / 4)
    assert found[:, :14].std() < 0.03
    assert found[:, 18:].mean() - found[:, :14].mean() > 0.9


def test_faults_are_named(encoder, folder):
    with pytest.raises(BrainseekError, match=r"'pli' is unknown .* choose from nissl, autofl"):
        encoder.embed(patches(), "pli")
    with pytest.raises(BrainseekError, match=r"40 x 40 pixels does not fit .* say its pixel size"):
        encoder.embed(patches(side=40), "nissl")
    with pytest.raises(BrainseekError, match="more than 4 times coarser"):
        encoder.embed(patches(), "nissl", 101.0)
    with pytest.raises(BrainseekError, match="too small: the encoder sees 800 µm, 64 pixels"):
        encoder.embed(patches(), "nissl", 12.5)
    with pytest.raises(BrainseekError, match=r"image\[None\]"):
        encoder.embed(patches()[0], "nissl")
    with pytest.raises(BrainseekError, match="choose one of tiny"):
        load_encoder("other", folder=folder)
    (folder / "tiny.safetensors").write_bytes(b"short")
    with pytest.raises(BrainseekError, match="truncated or was changed"):
        load_encoder("tiny", folder=folder)


def test_equal_identity_means_equal_vectors(encoder, folder):
    card = encoder.card
    assert encoder_names("modalities", folder) == ["tiny"]
    assert encoder.identity.startswith("tiny@")
    for change in ({"pixel_um": 20.0}, {"shared": False}, {"modalities": ("a", "b")}):
        assert dataclasses.replace(card, **change).identity != card.identity
    assert dataclasses.replace(card, measured={"n": 1}).identity == card.identity


def test_sections_say_their_pixel_size_and_colours_become_gray(encoder):
    fine = patches(1, 64)[0]
    section = section_from_array(np.stack([fine] * 3, axis=2), 12.5)
    np.testing.assert_array_equal(encoder.prepare(section), encoder.prepare(fine, 12.5))
    np.testing.assert_array_equal(
        encoder.embed([section], "nissl"), encoder.embed([fine], "nissl", 12.5)
    )
