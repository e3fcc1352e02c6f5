"""Two-modality networks and the released encoders made of them."""

import dataclasses
import hashlib

import numpy as np
import pytest
import torch
from safetensors.torch import save

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.networks.embedding import count_parameters, export_state
from brainseek.embedder.networks.two_tower import TwoTowerNetwork
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.registry import encoder_names, load_encoder

NAMES = ("nissl", "autofluorescence")
SMALL = "graynet/8-8-16"


def network(shared: bool = True, trunk: str = SMALL, dim: int = 6) -> TwoTowerNetwork:
    torch.manual_seed(0)
    return TwoTowerNetwork(NAMES, trunk, dim, shared)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("trunk", [SMALL, "mobilenetv1_075", "timm/resnet10t"])
def test_both_ways_through_a_network_agree(trunk, shared):
    net = network(shared, trunk).eval()
    images = torch.rand(3, 2, 32, 32)
    both = net(images)
    assert both.shape == (3, 2, 6)
    torch.testing.assert_close(both.norm(dim=2), torch.ones(3, 2))
    for i, name in enumerate(NAMES):
        torch.testing.assert_close(net.embed(images[:, i : i + 1], name), both[:, i])
        features = net.features(images[:, i : i + 1], name)
        head = net.head[0 if shared else i]
        again = torch.nn.functional.normalize(head(features), dim=1)
        torch.testing.assert_close(again, both[:, i])


def test_what_is_shared_and_what_is_not():
    """A modality's own parameters get no gradient from the other one."""
    for shared in (True, False):
        net = network(shared)
        net.embed(torch.rand(4, 1, 32, 32), "nissl").sum().backward()
        touched = {name for name, p in net.named_parameters() if p.grad is not None}
        untouched = {name for name, _ in net.named_parameters()} - touched
        assert any(name.startswith("trunk.stems.0") for name in touched)
        assert all(name.startswith("trunk.stems.1") for name in untouched) is shared
        assert any(name.startswith("trunk.stems.1") for name in untouched)
    assert count_parameters(network(False)) > 1.8 * count_parameters(network(True))


def test_a_shared_network_still_tells_the_stains_apart():
    net, image = network().eval(), torch.rand(2, 1, 32, 32)
    assert not torch.allclose(net.embed(image, "nissl"), net.embed(image, "autofluorescence"))


def test_size_of_the_released_kind():
    assert 0.6e6 < count_parameters(network(True, "graynet", 128)) < 1.6e6
    assert 0.6e6 < count_parameters(network(False, "graynet", 128)) < 1.6e6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TwoTowerNetwork(["nissl"], SMALL, 4), "make no pair"),
        (lambda: TwoTowerNetwork(["nissl", "nissl"], SMALL, 4), "make no pair"),
        (lambda: TwoTowerNetwork(NAMES, "graynet/8-x", 4), "has no widths"),
        (lambda: TwoTowerNetwork(NAMES, "greynet", 4), "Unknown network trunk 'greynet'"),
        (lambda: TwoTowerNetwork(NAMES, SMALL, 4, pretrained=True), "no ImageNet weights"),
        (lambda: network().embed(torch.rand(1, 1, 32, 32), "pli"), "choose from nissl, auto"),
        (lambda: network()(torch.rand(1, 1, 32, 32)), "do not show 2 modalities"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(BrainseekError, match=message):
        make()


@pytest.fixture
def folder(tmp_path):
    weights = save(export_state(network()))
    card = MultimodalCard(
        "tiny", "A test.", NAMES, 32, 25.0, SMALL, 6, True,
        hashlib.sha256(weights).hexdigest(), {}, {},
    )  # fmt: skip
    (tmp_path / "tiny.safetensors").write_bytes(weights)
    (tmp_path / "tiny.json").write_text(card.to_json(), encoding="utf-8")
    return tmp_path


@pytest.fixture
def encoder(folder):
    return load_encoder("tiny", "cpu", folder)


def patches(n: int = 5, side: int = 32) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 180, (n, side, side)).astype(np.uint8)


def test_an_encoder_is_its_network_on_spread_patches(encoder):
    made = patches()
    inputs = np.stack([spread_gray(patch) for patch in made]).astype(np.float32) / 255
    with torch.inference_mode():
        expected = encoder.network.embed(torch.from_numpy(inputs)[:, None], "nissl").numpy()
    np.testing.assert_allclose(encoder.embed(made, "nissl", batch_size=2), expected, atol=1e-5)
    assert encoder.features(made, "nissl").shape == (5, 16)
    assert encoder.embed(made[:0], "nissl").shape == (0, 6)
    brighter = (made.astype(np.float32) * 0.7 + 30).astype(np.float32)
    np.testing.assert_allclose(encoder.embed(brighter, "nissl"), expected, atol=0.02)
    assert (encoder.dim, encoder.modalities) == (6, NAMES)


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
