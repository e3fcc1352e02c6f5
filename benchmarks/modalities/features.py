"""Pooled features of networks that never saw a pair, given their best chance.

Patches may be enlarged, features standardised per modality (by patches of the trained sections);
what is best on the validation blocks is taken.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.modalities.places import Patches, Places
from benchmarks.modalities.scores import Vectors, nearest, retrieval
from brainseek.embedder.networks.embedding import build_network
from brainseek.embedder.networks.two_tower import TwoTowerNetwork
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.registry import load_encoder
from brainseek.trainers.recipe import Recipe
from brainseek.trainers.tasks.registry import network_of

Embed = Callable[[Patches, str], Vectors]
"""Patches (n, side, side) of a modality to vectors (n, d)."""
BATCH = 128
SCALINGS = ("raw", "standardised")


@dataclass(frozen=True, eq=False)
class Scaling:
    """Mean and standard deviation of the features of each modality, (d,) each."""

    statistics: dict[str, tuple[Vectors, Vectors]]

    def __call__(self, features: Vectors, modality: str) -> Vectors:
        """Features (n, d) with mean 0 and deviation 1."""
        mean, deviation = self.statistics[modality]
        return np.asarray((features - mean) / deviation, np.float32)


@dataclass(frozen=True, eq=False)
class FrozenFeatures:
    """Features and how they are compared.

    Attributes
    ----------
    label : str
    embed : callable
        Patches of a modality to features.
    side_px : int
        Side to which patches are enlarged before.
    scaling : Scaling or None
    """

    label: str
    embed: Embed
    side_px: int
    scaling: Scaling | None = None

    def __call__(self, patches: Patches, modality: str) -> Vectors:
        """Vectors (n, d) of patches."""
        size = (self.side_px, self.side_px)
        parts = []
        for start in range(0, len(patches), BATCH):
            block = [
                cv2.resize(spread_gray(patch), size, interpolation=cv2.INTER_LINEAR)
                for patch in patches[start : start + BATCH]
            ]
            parts.append(self.embed(np.asarray(block, np.uint8), modality))
        features = np.concatenate(parts)
        return features if self.scaling is None else self.scaling(features, modality)

    @property
    def choice(self) -> str:
        """How patches and features were treated."""
        return f"{self.side_px} px, {SCALINGS[self.scaling is not None]}"


def both_orders(embed: Embed, places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order of the gallery for all queries, first to second modality and back."""
    first, second = places.modalities
    return (
        nearest(embed(places.turned[0], first), embed(places.upright[1], second)),
        nearest(embed(places.turned[1], second), embed(places.upright[0], first)),
    )


def scaling_of(embed: Embed, places: Places) -> Scaling:
    """Measure the features of some places."""
    statistics = {}
    for modality, patches in zip(places.modalities, places.upright, strict=True):
        features = embed(patches, modality)
        statistics[modality] = (features.mean(0), np.maximum(features.std(0), 1e-6))
    return Scaling(statistics)


def best_on(
    validation: Places, training: Places, label: str, embed: Embed, sides_px: Sequence[int]
) -> FrozenFeatures:
    """Choose side and scaling by the mean recall at 5 of both directions."""

    def recall5(features: FrozenFeatures) -> float:
        orders = both_orders(features, validation)
        return sum(retrieval(order, validation).recall5 for order in orders)

    return max(_variants(training, label, embed, sides_px), key=recall5)


def _variants(
    training: Places, label: str, embed: Embed, sides_px: Sequence[int]
) -> Iterator[FrozenFeatures]:
    for side in sides_px:
        raw = FrozenFeatures(label, embed, side)
        yield raw
        yield replace(raw, scaling=scaling_of(raw, training))


def pooled(features: Callable[[Tensor, str], Tensor], network: nn.Module) -> Embed:
    """Turn a network's features of gray pictures (n, 1, side, side) in 0..1 into an `Embed`."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device)

    def embed(patches: Patches, modality: str) -> Vectors:
        with torch.inference_mode():
            images = torch.from_numpy(patches).to(device).float()[:, None] / 255.0
            found: Vectors = features(images, modality).float().cpu().numpy()
        return found

    return embed


def imagenet() -> Embed:
    """MobileNet v1 of the data set ``imagenet-weights``."""
    network = build_network("mobilenetv1_075", 1, pretrained=True).eval()
    return pooled(lambda images, _: network.features(images), network)


def plate_encoder(name: str) -> Embed:
    """Trunk of the released encoder of plates."""
    network = load_encoder(name, kind=PlateEncoder).network
    return pooled(lambda images, _: network.features(images), network)


def untrained(recipe: Recipe) -> Embed:
    """The recipe's two towers as they begin; batch norms take the statistics of the batch."""
    torch.manual_seed(recipe.seed)
    network = network_of(recipe)
    assert isinstance(network, TwoTowerNetwork)
    network.train()
    return pooled(network.features, network)
