"""Losses of the recipes, by name."""

from __future__ import annotations

from dataclasses import asdict

from torch import nn

from brainseek.catalog.core.errors import BrainseekError
from brainseek.trainers.losses.clip import ClipContrastive, SigmoidContrastive
from brainseek.trainers.losses.contrastive import Contrastive
from brainseek.trainers.losses.distance_weighted import DistanceWeightedContrastive
from brainseek.trainers.losses.geodesic import GeodesicContrastive
from brainseek.trainers.losses.triplet import Triplet
from brainseek.trainers.recipe import LossSettings

LOSSES: dict[str, type[nn.Module]] = {
    "distance-weighted": DistanceWeightedContrastive,
    "geodesic": GeodesicContrastive,
    "contrastive": Contrastive,
    "triplet": Triplet,
    "clip": ClipContrastive,
    "siglip": SigmoidContrastive,
}


def build_loss(settings: LossSettings) -> nn.Module:
    """Build the loss a recipe names, with the settings it gives and the loss' own defaults.

    Raises
    ------
    BrainseekError
        If the kind is unknown or a setting does not belong to it.
    """
    if settings.kind not in LOSSES:
        raise BrainseekError(f"Unknown loss '{settings.kind}': choose from {', '.join(LOSSES)}.")
    values = {k: v for k, v in asdict(settings).items() if k != "kind" and v is not None}
    try:
        return LOSSES[settings.kind](**values)
    except TypeError as error:
        raise BrainseekError(f"The loss '{settings.kind}' does not take it: {error}.") from error


__all__ = [
    "LOSSES",
    "ClipContrastive",
    "Contrastive",
    "DistanceWeightedContrastive",
    "GeodesicContrastive",
    "SigmoidContrastive",
    "Triplet",
    "build_loss",
]
