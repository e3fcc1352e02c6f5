"""Trunk for vectors of layers and staining instead of pictures."""

from torch import Tensor, nn

from brainseek.catalog.cortex.measured_tissue import FEATURES


class ProfileNet(nn.Module):
    """Two hidden layers on the numbers of `catalog.cortex.measured_tissue` (0.1 M parameters).

    A batch norm at the entrance brings numbers of different spread to the same scale.
    """

    num_features = 256

    def __init__(self) -> None:
        super().__init__()
        width = self.num_features
        self.layers = nn.Sequential(
            nn.BatchNorm1d(FEATURES),
            nn.Linear(FEATURES, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
            nn.Linear(width, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
        )

    def forward(self, vectors: Tensor) -> Tensor:
        """(n, 1, 1, 57) → (n, 256, 1, 1)."""
        hidden: Tensor = self.layers(vectors.flatten(1))
        return hidden[:, :, None, None]
