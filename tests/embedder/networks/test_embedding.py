"""Trunks by name, parametrised over the registry, and what is stored of them."""

import numpy as np
import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import (
    build_network,
    export_state,
    restore_state,
    trunk_names,
)

INPUTS = {"graynet-planes": (3, 96, 96), "mlp": (1, 1, 57)}
"""What trunks take that don't take one gray picture."""


@pytest.mark.parametrize("trunk", [*trunk_names(), "timm/resnet10t"])
def test_trunk_gives_unit_vectors_and_survives_storing(trunk):
    torch.manual_seed(0)
    network = build_network(trunk, 24).eval()
    images = torch.rand(2, *INPUTS.get(trunk, (1, 96, 96)))
    vectors = network(images)
    assert vectors.shape == (2, 24)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-5)
    other = build_network(trunk, 24).eval()
    restore_state(other, export_state(network))
    assert torch.allclose(other(images), vectors, atol=2e-3)


def test_a_state_of_another_network_is_refused():
    state = export_state(build_network("graynet", 24))
    with pytest.raises(BrainseekError, match="do not fit"):
        restore_state(build_network("graynet", 25), state)
    state.pop("head.bias")
    with pytest.raises(BrainseekError, match=r"head\.bias"):
        restore_state(build_network("graynet", 24), state)


def test_unknown_names_list_the_known():
    with pytest.raises(BrainseekError, match="graynet"):
        build_network("greynet", 8)
    with pytest.raises(BrainseekError, match="timm has no"):
        build_network("timm/resnet_thousand", 8)
    with pytest.raises(BrainseekError, match="no ImageNet weights"):
        build_network("graynet", 8, pretrained=True)


def test_the_entrance_of_the_mlp_takes_scale_and_offset_of_every_number_away():
    torch.manual_seed(0)
    network = build_network("mlp", 8).train()
    vectors = torch.rand(64, 1, 1, 57)
    scale, offset = torch.rand(57) + 0.5, torch.rand(57)
    changed = (vectors - 0.5) * scale + offset
    assert torch.allclose(network(vectors), network(changed), atol=2e-3)


def test_imagenet_start_equals_a_plain_numpy_pass(shared_data):
    """First convolution and batch norm of the converted weights, recomputed by hand."""
    path = shared_data / "imagenet-weights" / "mobilenet_v1_0.75_224_imagenet.npz"
    arrays = np.load(path)
    trunk = build_network("mobilenetv1_075", 8, pretrained=True).eval().trunk
    image = np.random.default_rng(0).random((32, 32)).astype(np.float32) * 2 - 1
    padded = np.pad(image, ((0, 1), (0, 1)))
    kernel = arrays["conv1/kernel"].sum(2)
    expected = np.zeros((16, 16, 24), np.float32)
    for r in range(16):
        for c in range(16):
            window = padded[2 * r : 2 * r + 3, 2 * c : 2 * c + 3]
            expected[r, c] = np.tensordot(window, kernel, ((0, 1), (0, 1)))
    norm = {key: arrays[f"conv1_bn/{key}"] for key in ("gamma", "beta")}
    mean, variance = arrays["conv1_bn/moving_mean"], arrays["conv1_bn/moving_variance"]
    expected = (expected - mean) / np.sqrt(variance + 1e-3) * norm["gamma"] + norm["beta"]
    expected = np.clip(expected, 0, 6)
    with torch.no_grad():
        found = trunk.bn1(trunk.conv_stem(torch.from_numpy(image)[None, None])).clamp(0, 6)
    assert np.abs(found[0].permute(1, 2, 0).numpy() - expected).max() < 1e-4


def test_our_mobilenet_is_timms():
    from timm.models.efficientnet import _gen_mobilenet_v1

    torch.manual_seed(0)
    ours = build_network("mobilenetv1_075", 8).eval().trunk
    theirs = _gen_mobilenet_v1(
        "mobilenetv1_100", channel_multiplier=0.75, in_chans=1, num_classes=0, global_pool="",
        pad_type="same",
    ).eval()  # fmt: skip
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
    theirs.load_state_dict(ours.state_dict())
    for side in (64, 97):
        images = torch.randn(2, 1, side, side)
        assert torch.allclose(ours(images), theirs.forward_features(images), atol=1e-5)
