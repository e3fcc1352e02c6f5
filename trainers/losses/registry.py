"""Losses of the recipes, by name."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from brainseek.trainers.losses.clip import ClipContrastive, SigmoidContrastive
from brainseek.trainers.losses.contrastive import Contrastive
from brainseek.trainers.losses.geodesic import DistanceWeightedContrastive, GeodesicContrastive
from brainseek.trainers.losses.triplet import Triplet
from brainseek.trainers.settings import build_kind

LOSSES: dict[str, type[nn.Module]] = {
    "distance-weighted": DistanceWeightedContrastive,
    "geodesic": GeodesicContrastive,
    "contrastive": Contrastive,
    "triplet": Triplet,
    "clip": ClipContrastive,
    "siglip": SigmoidContrastive,
}


def build_loss(settings: Mapping[str, Any]) -> nn.Module:
    """Build the loss a recipe names: ``{kind: triplet, margin: 0.5}``.

    Raises
    ------
    BrainseekError
        If the kind is unknown or a setting does not belong to it.
    """
    return build_kind(LOSSES, settings, "loss")
