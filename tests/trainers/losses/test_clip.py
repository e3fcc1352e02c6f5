"""Losses of two modalities re-derived by loops, their limits, and gathered over two processes."""

import math
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional

from brainseek.catalog.core.errors import BrainseekError
from brainseek.trainers.losses.clip import ClipContrastive, SigmoidContrastive
from brainseek.trainers.losses.registry import build_loss
from tests.trainers.two_ranks import run_two_ranks

LOSSES = [ClipContrastive, SigmoidContrastive]


def made_batch(n: int = 9, dim: int = 5, seed: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(n, 2, dim, generator=generator), dim=2)


def clip_by_hand(vectors, scale: float) -> float:
    n, total = len(vectors), 0.0
    for i in range(n):
        forward = [math.exp(scale * float(vectors[i, 0] @ vectors[j, 1])) for j in range(n)]
        back = [math.exp(scale * float(vectors[j, 0] @ vectors[i, 1])) for j in range(n)]
        total -= math.log(forward[i] / sum(forward)) + math.log(back[i] / sum(back))
    return total / (2 * n)


def sigmoid_by_hand(vectors, scale: float, bias: float) -> float:
    total = 0.0
    for i in range(len(vectors)):
        for j in range(len(vectors)):
            logit = scale * float(vectors[i, 0] @ vectors[j, 1]) + bias
            total += math.log1p(math.exp(-logit if i == j else logit))
    return total / len(vectors)


@pytest.mark.parametrize("temperature", [0.05, 0.3, 1.0])
def test_losses_are_the_published_sums(temperature):
    vectors, places = made_batch(), torch.zeros(9, 4)
    found = ClipContrastive(temperature)(vectors, places)
    assert float(found) == pytest.approx(clip_by_hand(vectors, 1 / temperature), rel=1e-5)
    found = SigmoidContrastive(temperature)(vectors, places)
    assert float(found) == pytest.approx(sigmoid_by_hand(vectors, 1 / temperature, -10), rel=1e-5)


@pytest.mark.parametrize("kind", LOSSES)
def test_swapping_modalities_or_reordering_places_changes_nothing(kind):
    vectors, places = made_batch(), torch.zeros(9)
    loss = kind()
    expected = float(loss(vectors, places))
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))
    assert float(loss(vectors.flip(1), places)) == pytest.approx(expected, rel=1e-5)
    assert float(loss(vectors[order], places)) == pytest.approx(expected, rel=1e-5)
    mixed = torch.stack([vectors[:, 0], vectors[order, 1]], 1)
    assert float(loss(mixed, places)) != pytest.approx(expected, rel=1e-2)


def test_limits_of_the_clip_loss():
    """Collapsed vectors can only guess; perfect ones cost nothing at a low temperature."""
    loss = ClipContrastive(0.01)
    same = functional.normalize(torch.ones(9, 2, 5), dim=2)
    assert float(loss(same, torch.zeros(9))) == pytest.approx(math.log(9), rel=1e-5)
    perfect = torch.eye(9)[:, None].repeat(1, 2, 1)
    assert float(loss(perfect, torch.zeros(9))) < 1e-6


@pytest.mark.parametrize("kind", LOSSES)
def test_the_temperature_is_learned_and_stays_in_its_range(kind):
    loss, vectors = kind(0.1), torch.eye(9)[:, None].repeat(1, 2, 1)
    start = loss.logit_scale.item()
    assert start == pytest.approx(math.log(10))
    optimiser = torch.optim.SGD(loss.parameters(), lr=500.0)
    for _ in range(40):
        optimiser.zero_grad()
        value = loss(vectors, torch.zeros(9))
        value.backward()
        optimiser.step()
    assert all(parameter.grad is not None for parameter in loss.parameters())
    loss(vectors, torch.zeros(9))
    assert start < loss.logit_scale.item() <= math.log(100) + 1e-6


def test_losses_are_built_by_name():
    assert isinstance(build_loss({"kind": "clip", "temperature": 0.2}), ClipContrastive)
    assert isinstance(build_loss({"kind": "siglip"}), SigmoidContrastive)
    with pytest.raises(BrainseekError, match=r"temperature 2\.0 is out of range"):
        build_loss({"kind": "clip", "temperature": 2.0})
    with pytest.raises(BrainseekError, match=r"are no pairs: give \(n, 2, d\)"):
        ClipContrastive()(torch.zeros(4, 3), torch.zeros(4))


def test_without_open_clip_there_is_a_hint(monkeypatch):
    monkeypatch.setitem(sys.modules, "open_clip", None)
    monkeypatch.setitem(sys.modules, "open_clip.loss", None)
    with pytest.raises(BrainseekError, match=r"pip install 'brainseek\[train\]'"):
        ClipContrastive()


STEP = """
import sys, numpy as np, torch
from torch.nn import functional
from brainseek.trainers import distributed
from brainseek.trainers.losses.clip import ClipContrastive
rank, world = distributed.start()
made = np.load(sys.argv[1])
mine = slice(rank * 12 // world, (rank + 1) * 12 // world)
weight = torch.nn.Parameter(torch.from_numpy(made["weight"]))
vectors = functional.normalize(torch.from_numpy(made["inputs"])[mine] @ weight, dim=2)
loss = ClipContrastive(0.2)
value = loss(distributed.gather(vectors), distributed.gather(torch.zeros(len(vectors))))
value.backward()
distributed.average_gradients([weight, loss.logit_scale])
np.savez(f"{sys.argv[2]}-{rank}.npz", loss=value.item(), grad=weight.grad.numpy(),
         scale=loss.logit_scale.grad.item())
distributed.stop()
"""


def test_two_processes_give_the_loss_and_gradients_of_one(tmp_path):
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(12, 2, 7)).astype(np.float32)
    start = rng.normal(size=(7, 4)).astype(np.float32)
    np.savez(tmp_path / "made.npz", inputs=inputs, weight=start)
    run_two_ranks(tmp_path / "step.py", STEP, tmp_path / "made.npz", tmp_path / "two")
    weight = torch.from_numpy(start).requires_grad_()
    loss = ClipContrastive(0.2)
    vectors = functional.normalize(torch.from_numpy(inputs) @ weight, dim=2)
    value = loss(vectors, torch.zeros(12))
    value.backward()
    assert weight.grad.abs().max() > 1e-3
    for rank in (0, 1):
        two = np.load(tmp_path / f"two-{rank}.npz")
        assert float(two["loss"]) == pytest.approx(value.item(), rel=1e-5)
        assert float(two["scale"]) == pytest.approx(loss.logit_scale.grad.item(), rel=1e-4)
        np.testing.assert_allclose(two["grad"], weight.grad.numpy(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_a_temperature_that_is_not_learned_stays(kind):
    loss = build_loss({"kind": kind, "temperature": 0.2, "learned": False})
    vectors = torch.nn.functional.normalize(torch.randn(6, 2, 4), dim=2).requires_grad_()
    loss(vectors, torch.zeros(6, 4)).backward()
    assert vectors.grad is not None
    assert loss.logit_scale.grad is None
    assert float(loss.logit_scale.exp()) == pytest.approx(5.0)
