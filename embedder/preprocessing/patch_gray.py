"""The gray of patches that are compared whatever their contrast: stretched by their own values."""

import numpy as np
from numpy.typing import NDArray

DARKEST, BRIGHTEST = 1.0, 99.5
"""Percentiles of a patch that become black and white."""


def spread_gray(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Stretch the values of one patch, of any shape, to 8-bit gray; an even patch becomes 0."""
    numbers = np.asarray(values, np.float32)
    low, high = np.percentile(numbers, (DARKEST, BRIGHTEST))
    if high <= low:
        return np.zeros(numbers.shape, np.uint8)
    return np.clip((numbers - low) * (255.0 / (high - low)) + 0.5, 0, 255).astype(np.uint8)
