"""Distance-weighted contrastive loss: pairs count by how near their places are."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DistanceWeightedContrastive(nn.Module):
    r"""Weighted mean over pairs of :math:`-\log \mathrm{softmax}` of the similarity.

    For sample i with places at distance :math:`d_{ij}` and weights
    :math:`w_{ij} = \exp(-d_{ij}^2 / 2\sigma^2)`,

    .. math::
        L_i = -\frac{1}{\sum_{j \ne i} w_{ij}} \sum_{j \ne i} w_{ij}
              \log \frac{\exp(z_i \cdot z_j / \tau)}{\sum_{k \ne i} \exp(z_i \cdot z_k / \tau)}

    and the loss is the mean over the samples that have any weight. With class labels for places and
    a small bandwidth it is the supervised contrastive loss (Khosla et al. 2020, eq. 2,
    arXiv:2004.11362).

    Parameters
    ----------
    bandwidth_um : float
        :math:`\sigma` in the unit of the positions (µm).
    temperature : float
        :math:`\tau`.
    """

    def __init__(self, bandwidth_um: float = 100.0, temperature: float = 0.1) -> None:
        super().__init__()
        self.bandwidth_um = bandwidth_um
        self.temperature = temperature

    def forward(self, embeddings: Tensor, positions_um: Tensor) -> Tensor:
        """Loss of unit vectors (n, d) at positions (n,) in µm; a scalar."""
        distance = positions_um[:, None] - positions_um[None, :]
        weights = torch.exp(-0.5 * (distance / self.bandwidth_um).square())
        return weighted_contrastive(embeddings, weights, self.temperature)


def weighted_contrastive(embeddings: Tensor, weights: Tensor, temperature: float) -> Tensor:
    """The loss for given pair weights (n, n); the diagonal is ignored."""
    itself = torch.eye(len(embeddings), dtype=torch.bool, device=embeddings.device)
    similarity = (embeddings @ embeddings.T).float() / temperature
    log_share = similarity.masked_fill(itself, -torch.inf).log_softmax(1).masked_fill(itself, 0.0)
    weights = weights.masked_fill(itself, 0.0)
    total = weights.sum(1)
    has_pair = total > torch.finfo(total.dtype).tiny
    per_sample = -(weights * log_share).sum(1)[has_pair] / total[has_pair]
    return per_sample.mean() if has_pair.any() else embeddings.sum() * 0.0
