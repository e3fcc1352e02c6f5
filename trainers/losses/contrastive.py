"""Contrastive loss on pairs (Siamese networks)."""

import torch
from torch import Tensor, nn


class Contrastive(nn.Module):
    r"""Hadsell, Chopra & LeCun 2006 (CVPR, eq. 4), over all pairs of the batch.

    .. math:: L = \tfrac12 Y D^2 + \tfrac12 (1 - Y) \max(0, m - D)^2

    with Y = 1 for two sections of the same plate and D the Euclidean distance of the unit vectors.

    Parameters
    ----------
    margin : float
        m, the distance beyond which different plates no longer count.
    """

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, embeddings: Tensor, positions_um: Tensor) -> Tensor:
        """Loss of unit vectors (n, d) at positions (n,) in µm; a scalar, mean over pairs."""
        n = len(embeddings)
        first, second = torch.triu_indices(n, n, offset=1, device=embeddings.device)
        distance = pairwise_distance(embeddings)[first, second]
        same = positions_um[first] == positions_um[second]
        attract = 0.5 * distance.square()
        repel = 0.5 * (self.margin - distance).clamp(min=0).square()
        return torch.where(same, attract, repel).mean()


def pairwise_distance(embeddings: Tensor) -> Tensor:
    """Euclidean distances (n, n) of unit vectors (n, d); the gradient is finite at distance 0."""
    squared = (2.0 - 2.0 * (embeddings @ embeddings.T).float()).clamp(min=0.0)
    return (squared + 1e-12).sqrt()
