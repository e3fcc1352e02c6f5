"""Networks with a stem for each modality."""

import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import count_parameters
from brainseek.embedder.networks.two_tower import TwoTowerNetwork

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
