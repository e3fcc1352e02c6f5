"""Every loss re-derived by slow loops, its limits and its symmetries."""

import math

import pytest
import torch
from torch.nn import functional

from brainseek.catalog.core.errors import BrainseekError
from brainseek.trainers.losses.contrastive import Contrastive
from brainseek.trainers.losses.geodesic import DistanceWeightedContrastive, weighted_contrastive
from brainseek.trainers.losses.registry import LOSSES, build_loss
from brainseek.trainers.losses.triplet import Triplet


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    vectors = functional.normalize(torch.randn(10, 6, generator=generator), dim=1)
    places = torch.tensor([0, 0, 100, 100, 200, 300, 300, 300, 900, 1000]).double()
    return vectors, places


def test_distance_weighted_is_the_published_sum(batch):
    vectors, places = batch
    sigma, tau, total = 150.0, 0.2, 0.0
    for i in range(10):
        partition = sum(math.exp(float(vectors[i] @ vectors[k]) / tau) for k in range(10) if k != i)
        above, below = 0.0, 0.0
        for j in range(10):
            if j == i:
                continue
            weight = math.exp(-(float(places[i] - places[j]) ** 2) / (2 * sigma**2))
            share = math.exp(float(vectors[i] @ vectors[j]) / tau) / partition
            above -= weight * math.log(share)
            below += weight
        total += above / below
    loss = DistanceWeightedContrastive(sigma, tau)(vectors, places)
    assert float(loss) == pytest.approx(total / 10, rel=1e-5)


def test_label_weights_give_supervised_contrastive_loss(batch):
    vectors, places = batch
    terms = []
    for i in range(10):
        partners = [j for j in range(10) if j != i and places[j] == places[i]]
        if partners:
            logits = vectors[i] @ vectors.T / 0.1
            others = torch.tensor([k for k in range(10) if k != i])
            partition = logits[others].logsumexp(0)
            terms.append(torch.stack([partition - logits[j] for j in partners]).mean())
    narrow = DistanceWeightedContrastive(bandwidth_um=1e-3, temperature=0.1)(vectors, places)
    assert float(narrow) == pytest.approx(float(torch.stack(terms).mean()), rel=1e-5)


def test_rows_without_weight_are_left_out_and_keep_gradients_finite(batch):
    vectors = batch[0].clone().requires_grad_()
    loss = weighted_contrastive(vectors, torch.zeros(10, 10), 0.1)
    loss.backward()
    assert loss.item() == 0.0
    assert torch.isfinite(vectors.grad).all()


def test_contrastive_is_hadsells_sum_over_pairs(batch):
    vectors, places = batch
    terms = []
    for i in range(10):
        for j in range(i + 1, 10):
            distance = float((vectors[i] - vectors[j]).norm())
            same = places[i] == places[j]
            terms.append(0.5 * (distance**2 if same else max(0.0, 0.8 - distance) ** 2))
    loss = Contrastive(margin=0.8)(vectors, places)
    assert float(loss) == pytest.approx(sum(terms) / len(terms), rel=1e-4)


@pytest.mark.parametrize("mining", ["hard", "semi-hard"])
def test_triplet_mining_by_loops(batch, mining):
    vectors, places = batch
    squared = [[float((a - b).norm()) ** 2 for b in vectors] for a in vectors]
    terms = []
    for a in range(10):
        positives = [p for p in range(10) if p != a and places[p] == places[a]]
        negatives = [n for n in range(10) if places[n] != places[a]]
        if not positives:
            continue
        if mining == "hard":
            pairs = [(max(squared[a][p] for p in positives), min(squared[a][n] for n in negatives))]
        else:
            pairs = []
            for p in positives:
                farther = [squared[a][n] for n in negatives if squared[a][n] > squared[a][p]]
                fallback = max(squared[a][n] for n in negatives)
                pairs.append((squared[a][p], min(farther) if farther else fallback))
        terms += [max(0.0, near - far + 0.4) for near, far in pairs]
    loss = Triplet(margin=0.4, mining=mining)(vectors, places)
    assert float(loss) == pytest.approx(sum(terms) / len(terms), rel=1e-4)


def shown(kind: str, vectors: torch.Tensor) -> torch.Tensor:
    """The vectors as a loss takes them: those of two modalities are opposite here."""
    return torch.stack([vectors, -vectors], 1) if kind in {"clip", "siglip"} else vectors


def where(kind: str, positions: torch.Tensor) -> torch.Tensor:
    """What a loss takes for places along a line: the positions, or their mutual distances."""
    return (positions[:, None] - positions).abs() if kind == "geodesic" else positions


@pytest.mark.parametrize("kind", sorted(LOSSES))
def test_losses_do_not_depend_on_the_order_or_a_rotation(batch, kind):
    vectors, places = batch
    loss = build_loss({"kind": kind})
    order = torch.randperm(10, generator=torch.Generator().manual_seed(1))
    turn = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(2)))[0]
    expected = float(loss(shown(kind, vectors), where(kind, places)))
    moved = float(loss(shown(kind, vectors[order]), where(kind, places[order])))
    assert moved == pytest.approx(expected, rel=1e-4)
    turned = float(loss(shown(kind, vectors @ turn), where(kind, places)))
    assert turned == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", sorted(LOSSES))
def test_gradients_stay_finite_when_vectors_coincide(kind):
    vectors = torch.ones(4, 3).div(3**0.5).requires_grad_()
    places = where(kind, torch.tensor([0.0, 0.0, 100.0, 100.0]))
    build_loss({"kind": kind})(shown(kind, vectors), places).backward()
    assert torch.isfinite(vectors.grad).all()


@pytest.mark.parametrize("kind", sorted(LOSSES))
def test_a_batch_of_one_plate_or_one_picture_costs_nothing_strange(kind):
    loss = build_loss({"kind": kind})
    one = functional.normalize(torch.randn(1, 4), dim=1)
    assert torch.isfinite(
        torch.nan_to_num(loss(shown(kind, one), where(kind, torch.zeros(1))), nan=0.0)
    )


def test_settings_of_another_loss_are_refused():
    with pytest.raises(BrainseekError, match="loss 'triplet': unknown key 'temperature'"):
        build_loss({"kind": "triplet", "temperature": 0.1})
    with pytest.raises(BrainseekError, match=r"Unknown loss 'cosface': choose from .*triplet"):
        build_loss({"kind": "cosface"})
    with pytest.raises(BrainseekError, match="mining must be hard or semi-hard, not 'soft'"):
        build_loss({"kind": "triplet", "mining": "soft"})
    with pytest.raises(BrainseekError, match="learned must be bool, not 'yes'"):
        build_loss({"kind": "clip", "learned": "yes"})


def test_numbers_without_a_point_are_read_as_numbers():
    """YAML takes 1e-1 for text."""
    assert build_loss({"kind": "geodesic", "temperature": "1e-1"}).temperature == 0.1
