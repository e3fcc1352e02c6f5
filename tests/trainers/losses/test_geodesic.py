"""The geodesic loss re-derived by loops, its limits, and gathered over two processes."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from brainseek.catalog.core.errors import BrainseekError
from brainseek.trainers.losses.geodesic import KERNELS, GeodesicContrastive
from tests.trainers.two_ranks import run_two_ranks


def made_batch(n: int = 12, dim: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    """Unit vectors and distances (µm) that are neither a metric nor symmetric, some infinite."""
    generator = torch.Generator().manual_seed(11)
    vectors = functional.normalize(torch.randn(n, dim, generator=generator).double(), dim=1)
    distances = torch.rand(n, n, generator=generator).double() * 9000
    distances[torch.rand(n, n, generator=generator) < 0.2] = torch.inf
    distances.fill_diagonal_(0.0)
    return vectors, distances


def weight_by_hand(kernel: str, distance: float, bandwidth: float) -> float:
    if math.isinf(distance):
        return 0.0
    if kernel == "gaussian":
        return math.exp(-(distance**2) / (2 * bandwidth**2))
    return bandwidth / (bandwidth + distance) if kernel == "inverse" else distance <= bandwidth


def loss_by_hand(vectors, distances, kernel, bandwidth, temperature) -> float:
    n, terms = len(vectors), []
    for i in range(n):
        others = [j for j in range(n) if j != i]
        cosine = {
            j: float(vectors[i] @ vectors[j] / vectors[i].norm() / vectors[j].norm())
            for j in others
        }
        partition = sum(math.exp(cosine[k] / temperature) for k in others)
        weight = {j: weight_by_hand(kernel, float(distances[i, j]), bandwidth) for j in others}
        if sum(weight.values()) > 0:
            above = sum(
                weight[j] * -math.log(math.exp(cosine[j] / temperature) / partition) for j in others
            )
            terms.append(above / sum(weight.values()))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("bandwidth", [400.0, 2500.0, 1e6])
@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_every_kernel_is_the_published_sum(kernel, bandwidth):
    vectors, distances = made_batch()
    loss = GeodesicContrastive(bandwidth, 0.3, kernel)(vectors, distances)
    expected = loss_by_hand(vectors, distances, kernel, bandwidth, 0.3)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_two_views_and_no_bandwidth_are_simclr(kernel):
    vectors, _ = made_batch(n=12)
    place = torch.arange(6).repeat_interleave(2)
    distances = (place[:, None] - place).abs().double() * 4000
    terms = []
    for i in range(12):  # NT-Xent: the only positive of a view is the other view of its place
        logits = torch.stack([vectors[i] @ vectors[k] / 0.2 for k in range(12) if k != i])
        terms.append(torch.logsumexp(logits, 0) - vectors[i] @ vectors[i ^ 1] / 0.2)
    limit = float(torch.stack(terms).mean())
    errors = [
        abs(float(GeodesicContrastive(bandwidth, 0.2, kernel)(vectors, distances)) - limit)
        for bandwidth in (1e4, 1e2, 1e-3)
    ]
    assert errors[0] > 1e-2
    assert errors[2] < 1e-5
    assert errors[2] <= errors[1] <= errors[0]


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_class_labels_as_distances_are_supervised_contrastive(kernel):
    vectors, _ = made_batch(n=9)
    label = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3, 3])
    distances = torch.where(label[:, None] == label, 0.0, torch.inf).double()
    terms = []
    for i in range(9):  # Khosla et al. 2020, eq. 2; a class of one has no positive
        positives = [p for p in range(9) if p != i and label[p] == label[i]]
        others = torch.stack([vectors[i] @ vectors[a] / 0.1 for a in range(9) if a != i])
        terms += [
            -sum(vectors[i] @ vectors[p] / 0.1 - others.logsumexp(0) for p in positives)
            / len(positives)
        ] if positives else []  # fmt: skip
    assert len(terms) == 8
    loss = GeodesicContrastive(3000.0, 0.1, kernel)(vectors, distances)
    assert float(loss) == pytest.approx(float(torch.stack(terms).mean()), rel=1e-5)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_equal_weights_forget_the_distances(kernel):
    vectors, _ = made_batch()
    far = GeodesicContrastive(1e9, 0.2, kernel)(vectors, torch.rand(12, 12).double() * 1000)
    same = GeodesicContrastive(1.0, 0.2, kernel)(vectors, torch.zeros(12, 12).double())
    assert float(far) == pytest.approx(float(same), rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_gradients_are_finite_when_some_or_all_weights_vanish(kernel, dtype):
    vectors, distances = made_batch()
    loss = GeodesicContrastive(500.0, 0.01, kernel)
    distances[3, :] = torch.inf
    for table in (distances, torch.full_like(distances, torch.inf)):
        leaf = vectors.to(dtype, copy=True).requires_grad_()
        value = loss(leaf, table.to(dtype))
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(leaf.grad).all()
    assert value.item() == 0.0
    assert not leaf.grad.any()


def test_a_sample_without_weight_is_left_out_but_still_repels():
    vectors, distances = made_batch()
    distances[3, :] = torch.inf
    loss = GeodesicContrastive(2000.0, 0.2)
    assert float(loss(vectors, distances)) == pytest.approx(
        loss_by_hand(vectors, distances, "gaussian", 2000.0, 0.2), rel=1e-5
    )
    keep = torch.arange(12) != 3
    without = loss(vectors[keep], distances[keep][:, keep])
    assert float(without) != pytest.approx(float(loss(vectors, distances)), rel=1e-3)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_the_order_of_the_samples_does_not_matter(kernel):
    vectors, distances = made_batch()
    order = torch.randperm(12, generator=torch.Generator().manual_seed(2))
    loss = GeodesicContrastive(2000.0, 0.2, kernel)
    moved = loss(vectors[order], distances[order][:, order])
    assert float(moved) == pytest.approx(float(loss(vectors, distances)), rel=1e-6)


def test_the_diagonal_is_never_read():
    vectors, distances = made_batch()
    loss = GeodesicContrastive(2000.0, 0.2)
    expected = float(loss(vectors, distances))
    assert float(loss(vectors, distances.fill_diagonal_(torch.inf))) == expected


def test_gradient_equals_finite_differences():
    vectors, distances = made_batch(n=6)
    # The loss computes in float32: a wide step in double embeddings bounds the rounding.
    leaf = vectors.clone().requires_grad_()
    loss = GeodesicContrastive(4000.0, 0.5)
    loss(leaf, distances).backward()
    for i, k in ((0, 0), (2, 3), (5, 4)):
        step = torch.zeros_like(vectors)
        step[i, k] = 5e-3
        slope = (loss(vectors + step, distances) - loss(vectors - step, distances)) / 1e-2
        assert float(leaf.grad[i, k]) == pytest.approx(float(slope), abs=2e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kernel": "cosine"}, "Unknown kernel 'cosine'"),
        ({"bandwidth_um": 0.0}, "bandwidth_um 0.0"),
        ({"bandwidth_um": math.nan}, "bandwidth_um nan"),
        ({"temperature": -0.1}, "temperature -0.1"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(BrainseekError, match=message):
        GeodesicContrastive(**settings)


def test_a_table_of_another_batch_is_refused():
    vectors, distances = made_batch()
    with pytest.raises(BrainseekError, match=r"\(11, 12\) do not belong to 12 samples"):
        GeodesicContrastive()(vectors, distances[1:])


STEP = """
import sys, numpy as np, torch
from torch.nn import functional
from brainseek.trainers import distributed
from brainseek.trainers.losses.geodesic import GeodesicContrastive
rank, world = distributed.start()
made = np.load(sys.argv[1])
mine = slice(rank * 12 // world, (rank + 1) * 12 // world)
weight = torch.nn.Parameter(torch.from_numpy(made["weight"]))
vectors = functional.normalize(torch.from_numpy(made["inputs"])[mine] @ weight, dim=1)
rows = torch.from_numpy(made["distances"])[mine]
assert len(rows) == 6
loss = GeodesicContrastive(2500.0, 0.2)(distributed.gather(vectors), distributed.gather(rows))
loss.backward()
distributed.average_gradients([weight])
np.savez(f"{sys.argv[2]}-{rank}.npz", loss=loss.item(), grad=weight.grad.numpy())
distributed.stop()
"""


def test_two_processes_give_the_loss_and_gradient_of_one(tmp_path):
    rng = np.random.default_rng(4)
    inputs, start, distances = rng.normal(size=(12, 7)), rng.normal(size=(7, 4)), made_batch()[1]
    made = tmp_path / "made.npz"
    np.savez(made, inputs=inputs, weight=start, distances=distances.numpy())
    run_two_ranks(tmp_path / "step.py", STEP, made, tmp_path / "two")
    weight = torch.from_numpy(start).requires_grad_()
    vectors = functional.normalize(torch.from_numpy(inputs) @ weight, dim=1)
    loss = GeodesicContrastive(2500.0, 0.2)(vectors, distances)
    loss.backward()
    assert weight.grad.abs().max() > 1e-3
    for rank in (0, 1):
        two = np.load(tmp_path / f"two-{rank}.npz")
        assert float(two["loss"]) == pytest.approx(loss.item(), rel=1e-6)
        assert np.allclose(two["grad"], weight.grad.numpy(), rtol=1e-4, atol=1e-7)
