"""Distance-weighted contrastive loss for places along a line, such as a series of plates."""

from __future__ import annotations

from torch import Tensor

from brainseek.trainers.losses.geodesic import GeodesicContrastive, Kernel


class DistanceWeightedContrastive(GeodesicContrastive):
    """:class:`GeodesicContrastive` of the distances between positions along one axis.

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
