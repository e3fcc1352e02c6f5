"""Augmentations of sections and plates, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brainseek.trainers.augmentations.augmentation import Augmentation
from brainseek.trainers.augmentations.published import Published
from brainseek.trainers.augmentations.strong import Strong
from brainseek.trainers.settings import build_kind

AUGMENTATIONS: dict[str, type[Augmentation]] = {"published": Published, "strong": Strong}


def build_augmentation(settings: Mapping[str, Any]) -> Augmentation:
    """Build the augmentation a recipe names: ``{kind: strong, blur: 0.2, …}``.

    Raises
    ------
    BrainseekError
        If the kind or a setting is unknown.
    """
    return build_kind(AUGMENTATIONS, settings, "augmentation")
