"""Geodesic contrastive loss: pairs count by how near they lie, e.g. along the cortical surface."""

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from brainseek.catalog.core.errors import BrainseekError

Kernel = Literal["gaussian", "hard", "inverse"]

KERNELS: dict[str, Callable[[Tensor], Tensor]] = {
    "gaussian": lambda ratio: torch.exp(-0.5 * ratio.square()),
    "hard": lambda ratio: (ratio <= 1.0).to(ratio.dtype),
    "inverse": lambda ratio: 1.0 / (1.0 + ratio),
}
"""Weight of a pair by its distance in bandwidths: 1 at distance 0, and 0 at an infinite one."""


class GeodesicContrastive(nn.Module):
    r"""Weighted mean over pairs of :math:`-\log \mathrm{softmax}` of the cosine similarity.

    For sample i with distances :math:`d_{ij}` and weights :math:`w_{ij} = K(d_{ij} / h)`,

    .. math::
        L_i = -\frac{1}{\sum_{j \ne i} w_{ij}} \sum_{j \ne i} w_{ij}
              \log \frac{\exp(z_i \cdot z_j / \tau)}{\sum_{k \ne i} \exp(z_i \cdot z_k / \tau)}

    and the loss is the mean over the samples that have any weight. Two limits are known losses:
    as h → 0 only views of the same place remain, which is the loss of SimCLR (Chen et al. 2020,
    eq. 1, arXiv:2002.05709); with distance 0 inside and infinity between classes it is the
    supervised contrastive loss (Khosla et al. 2020, eq. 2, arXiv:2004.11362).

    Parameters
    ----------
    bandwidth_um : float
        h in the unit of the distances (µm).
    temperature : float
        :math:`\tau`.
    kernel : {"gaussian", "hard", "inverse"}
        :math:`K(r)`: :math:`\exp(-r^2 / 2)`; 1 up to r = 1, else 0; or :math:`1 / (1 + r)`.

    Raises
    ------
    BrainseekError
        If the kernel is unknown, or the bandwidth or temperature is not a positive number.
    """

    def __init__(
        self, bandwidth_um: float = 5000.0, temperature: float = 0.1, kernel: Kernel = "gaussian"
    ) -> None:
        super().__init__()
        if kernel not in KERNELS:
            raise BrainseekError(f"Unknown kernel '{kernel}': choose from {', '.join(KERNELS)}.")
        for name, value in (("bandwidth_um", bandwidth_um), ("temperature", temperature)):
            if not (math.isfinite(value) and value > 0):
                raise BrainseekError(f"{name} {value} is not a positive number: give one above 0.")
        self.bandwidth_um = bandwidth_um
        self.temperature = temperature
        self.kernel = kernel

    def forward(self, embeddings: Tensor, distances_um: Tensor) -> Tensor:
        """Loss of unit vectors (n, d) at mutual distances (n, n) in µm; a scalar.

        Row i holds the distances from sample i; infinity means never a positive pair.

        Raises
        ------
        BrainseekError
            If the distances are not a square table of the batch.
        """
        n = len(embeddings)
        if distances_um.shape != (n, n):
            raise BrainseekError(
                f"Distances of shape {tuple(distances_um.shape)} do not belong to {n} samples: "
                f"give one row and one column per sample, ({n}, {n})."
            )
        weights = KERNELS[self.kernel](distances_um / self.bandwidth_um)
        return weighted_contrastive(embeddings, weights, self.temperature)


class DistanceWeightedContrastive(GeodesicContrastive):
    """Geodesic loss of places along a line, such as a series of plates.

    Parameters
    ----------
    bandwidth_um, temperature, kernel
        As there, the bandwidth in the unit of the positions (µm).
    """

    def __init__(
        self, bandwidth_um: float = 100.0, temperature: float = 0.1, kernel: Kernel = "gaussian"
    ) -> None:
        super().__init__(bandwidth_um, temperature, kernel)

    def forward(self, embeddings: Tensor, positions_um: Tensor) -> Tensor:
        """Loss of unit vectors (n, d) at positions (n,) in µm; a scalar."""
        return super().forward(embeddings, (positions_um[:, None] - positions_um[None, :]).abs())


def weighted_contrastive(embeddings: Tensor, weights: Tensor, temperature: float) -> Tensor:
    """The loss for given pair weights (n, n); the diagonal is ignored.

    Samples whose weights all vanish are left out; without any other the loss and gradient are 0.
    """
    itself = torch.eye(len(embeddings), dtype=torch.bool, device=embeddings.device)
    similarity = (embeddings @ embeddings.T).float() / temperature
    log_share = similarity.masked_fill(itself, -torch.inf).log_softmax(1).masked_fill(itself, 0.0)
    weights = weights.masked_fill(itself, 0.0)
    total = weights.sum(1)
    has_pair = total > torch.finfo(total.dtype).tiny
    per_sample = -(weights * log_share).sum(1)[has_pair] / total[has_pair]
    return per_sample.mean() if has_pair.any() else embeddings.sum() * 0.0
