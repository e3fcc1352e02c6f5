"""What every augmentation of pictures is, and those of sections and plates by name."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainseek.trainers.augmentations.published import Published
from brainseek.trainers.augmentations.strong import Strong
from brainseek.trainers.settings import build_kind


class Augmentation(Protocol):
    """Anything that turns a base picture into one random network input."""

    def __call__(
        self, picture: NDArray[Any], size: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return a random view of ``picture``, (size, size), float32 in 0..1."""


AUGMENTATIONS: dict[str, type[Augmentation]] = {"published": Published, "strong": Strong}


def build_augmentation(settings: Mapping[str, Any]) -> Augmentation:
    """Build the augmentation a recipe names: ``{kind: strong, blur: 0.2, …}``.

    Raises
    ------
    BrainseekError
        If the kind or a setting is unknown.
    """
    return build_kind(AUGMENTATIONS, settings, "augmentation")
