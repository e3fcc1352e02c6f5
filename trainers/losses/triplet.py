"""Triplet loss with hard or semi-hard mining inside the batch."""

from typing import Literal

import torch
from torch import Tensor, nn

from brainseek.trainers.losses.contrastive import pairwise_distance

Mining = Literal["hard", "semi-hard"]


class Triplet(nn.Module):
    r"""Triplet loss over mined triplets.

    .. math:: L = \max(0, D(a, p)^2 - D(a, n)^2 + m)

    (Schroff et al. 2015, eq. 1, arXiv:1503.03832.) ``semi-hard`` takes, for every anchor-positive
    pair, the nearest negative that is farther than the positive (their eq. 4), or the farthest
    negative where there is none. ``hard`` takes each anchor's farthest positive and nearest
    negative (Hermans et al. 2017, eq. 5, arXiv:1703.07737).

    Parameters
    ----------
    margin : float
        m.
    mining : {"hard", "semi-hard"}
    """

    def __init__(self, margin: float = 1.0, mining: Mining = "semi-hard") -> None:
        super().__init__()
        self.margin = margin
        self.mining = mining

    def forward(self, embeddings: Tensor, positions_um: Tensor) -> Tensor:
        """Loss of unit vectors (n, d) at positions (n,) in µm; a scalar, mean over triplets."""
        distance = pairwise_distance(embeddings).square()
        same = positions_um[:, None] == positions_um[None, :]
        itself = torch.eye(len(embeddings), dtype=torch.bool, device=embeddings.device)
        positive, negative = same & ~itself, ~same
        if not positive.any() or not negative.any():
            return embeddings.sum() * 0.0
        mine = _hard if self.mining == "hard" else _semi_hard
        return (mine(distance, positive, negative) + self.margin).clamp(min=0).mean()


def _semi_hard(distance: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """D(a, p)² − D(a, n)² of every anchor-positive pair with its semi-hard negative."""
    anchor, partner = positive.nonzero(as_tuple=True)
    to_positive = distance[anchor, partner]
    candidates = distance[anchor].masked_fill(~negative[anchor], torch.inf)
    farther = candidates.masked_fill(candidates <= to_positive[:, None], torch.inf).amin(1)
    farthest = distance[anchor].masked_fill(~negative[anchor], -torch.inf).amax(1)
    to_negative = torch.where(farther.isinf(), farthest, farther)
    has_negative = negative[anchor].any(1)
    return (to_positive - to_negative)[has_negative]


def _hard(distance: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """D(a, p)² − D(a, n)² of every anchor with its hardest positive and negative."""
    to_positive = distance.masked_fill(~positive, -torch.inf).amax(1)
    to_negative = distance.masked_fill(~negative, torch.inf).amin(1)
    usable = positive.any(1) & negative.any(1)
    return (to_positive - to_negative)[usable]
