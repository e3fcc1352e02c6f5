"""What every augmentation of pictures is: a picture becomes one random network input."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


class Augmentation(Protocol):
    """Anything that turns a base picture into one random network input."""

    def __call__(
        self, picture: NDArray[Any], size: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return a random view of ``picture``, (size, size), float32 in 0..1."""
