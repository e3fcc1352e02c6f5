"""Networks that bring several modalities into one space: a stem for each, trunks behind."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import GrayNet, build_network

_STEM_LAYERS = 3
"""Layers of :class:`GrayNet` before its first residual block."""


class TwoTowerNetwork(nn.Module):
    """One stem per modality → trunk → average pooling → linear layer → L2 normalisation.

    Parameters
    ----------
    modalities : sequence of str
        Names, two or more; channel i of the images shows modality i.
    trunk : str
        ``"graynet"``; ``"graynet/24-48-96-160-224"`` with other widths of its five resolutions; or
        any trunk of :func:`embedder.networks.embedding.build_network`, before which a stem of two
        convolutions turns each modality into the gray that the trunk expects.
    dim : int
        Length of the embedding.
    shared : bool
        One trunk and head for all modalities, or one for each.
    pretrained : bool
        Start the trunk from ImageNet weights, where it has any.

    Raises
    ------
    BrainseekError
        If there are fewer than two modalities or two of one name, or the trunk is unknown.
    """

    def __init__(
        self,
        modalities: Sequence[str],
        trunk: str,
        dim: int,
        shared: bool = True,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        self.modalities = tuple(modalities)
        if len(self.modalities) < 2 or len(set(self.modalities)) < len(self.modalities):
            raise BrainseekError(
                f"The modalities {list(self.modalities)} make no pair: name two different ones."
            )
        self.shared = shared
        stems = [_stem_and_body(trunk, pretrained) for _ in self.modalities]
        bodies = [body for _, body, _ in stems[: 1 if shared else None]]
        self.trunk = nn.ModuleDict(
            {"stems": nn.ModuleList(s for s, _, _ in stems), "bodies": nn.ModuleList(bodies)}
        )
        self.channels = stems[0][2]
        self.head = nn.ModuleList(nn.Linear(self.channels, dim) for _ in bodies)

    def index(self, modality: str) -> int:
        """Channel of a modality.

        Raises
        ------
        BrainseekError
            If the network does not know it; the known ones are named.
        """
        if modality not in self.modalities:
            raise BrainseekError(
                f"The modality '{modality}' is unknown to this encoder: choose from "
                f"{', '.join(self.modalities)}."
            )
        return self.modalities.index(modality)

    def forward(self, images: Tensor) -> Tensor:
        """Unit vectors of all modalities, (n, m, side, side) in 0..1 → (n, m, dim).

        A shared trunk sees all modalities in one batch.

        Raises
        ------
        BrainseekError
            If the images do not have one channel per modality.
        """
        if images.ndim != 4 or images.shape[1] != len(self.modalities):
            raise BrainseekError(
                f"Images of shape {tuple(images.shape)} do not show {len(self.modalities)} "
                "modalities: give (n, modalities, side, side)."
            )
        stemmed = [self._stemmed(images[:, i : i + 1], i) for i in range(len(self.modalities))]
        blocks = [torch.cat(stemmed)] if self.shared else stemmed
        vectors = torch.cat(
            [self._vectors(self._pooled(block, tower), tower) for tower, block in enumerate(blocks)]
        )
        return vectors.unflatten(0, (len(self.modalities), len(images))).transpose(0, 1)

    def features(self, images: Tensor, modality: str) -> Tensor:
        """Pooled trunk features of one modality, (n, 1, side, side) in 0..1 → (n, channels)."""
        index = self.index(modality)
        return self._pooled(self._stemmed(images, index), 0 if self.shared else index)

    def embed(self, images: Tensor, modality: str) -> Tensor:
        """Unit vectors of one modality, (n, 1, side, side) in 0..1 → (n, dim)."""
        tower = 0 if self.shared else self.index(modality)
        return self._vectors(self.features(images, modality), tower)

    def _stemmed(self, images: Tensor, index: int) -> Tensor:
        stems = self.trunk["stems"]
        assert isinstance(stems, nn.ModuleList)
        maps: Tensor = stems[index](images * 2.0 - 1.0)
        return maps

    def _pooled(self, maps: Tensor, tower: int) -> Tensor:
        bodies = self.trunk["bodies"]
        assert isinstance(bodies, nn.ModuleList)
        found: Tensor = bodies[tower](maps)
        return found.mean((2, 3))

    def _vectors(self, pooled: Tensor, tower: int) -> Tensor:
        return functional.normalize(self.head[tower](pooled), dim=1)


def _stem_and_body(trunk: str, pretrained: bool) -> tuple[nn.Module, nn.Module, int]:
    """The part of its own for a modality, the part that may be shared, and its channels."""
    name, slash, widths = trunk.partition("/")
    if name == "graynet":
        whole = GrayNet(widths=_widths(trunk, widths)) if slash else GrayNet()
        if pretrained:
            raise BrainseekError(
                "The trunk 'graynet' has no ImageNet weights: set 'pretrained: false' in the "
                "recipe."
            )
        layers = list(whole)
        stem, body = nn.Sequential(*layers[:_STEM_LAYERS]), nn.Sequential(*layers[_STEM_LAYERS:])
        channels = int(widths.rsplit("-", 1)[-1]) if slash else whole.num_features
        return stem, body, channels
    network = build_network(trunk, 1, pretrained=pretrained)
    stem = nn.Sequential(
        nn.Conv2d(1, 8, 5, 1, 2, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 1, 1),
    )
    return stem, network.trunk, network.head.in_features


def _widths(trunk: str, text: str) -> tuple[int, ...]:
    numbers = text.split("-")
    if len(numbers) < 2 or not all(number.isdecimal() and int(number) for number in numbers):
        raise BrainseekError(
            f"The trunk '{trunk}' has no widths: write them as graynet/16-32-64-112-160."
        )
    return tuple(int(number) for number in numbers)
