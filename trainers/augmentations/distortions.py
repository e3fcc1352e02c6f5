"""Single distortions of a square tissue picture: damage of the tissue and faults of the imaging."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Gain = NDArray[np.float32]


def keep_box(picture: Picture, box: tuple[float, float, float, float]) -> Picture:
    """Copy of ``picture`` with everything outside ``(x0, x1, y0, y1)`` set to background."""
    x0, x1, y0, y1 = (max(0, round(edge)) for edge in box)
    out = np.zeros_like(picture)
    out[y0:y1, x0:x1] = picture[y0:y1, x0:x1]
    return out


def missing_tissue(picture: Picture, rng: np.random.Generator) -> Picture:
    """Remove tissue beyond a random, slightly wavy line, or inside a random blob."""
    size = picture.shape[0]
    y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    wave = cv2.resize(rng.normal(0, 0.06, (4, 4)).astype(np.float32), (size, size), interpolation=2)
    if rng.random() < 0.5:
        angle = rng.uniform(0, 2 * np.pi)
        outside = x * np.cos(angle) + y * np.sin(angle) + wave > rng.uniform(0.15, 0.4)
    else:
        centre, radius = rng.uniform(-0.45, 0.45, 2), rng.uniform(0.08, 0.25)
        outside = np.hypot(x - centre[0], y - centre[1]) + wave < radius
    return np.where(outside, 0, picture).astype(np.uint8)


def tear(picture: Picture, rng: np.random.Generator) -> Picture:
    """Cut one to three dark, wavy tears of 1 to 4 % of the side into the tissue."""
    size = picture.shape[0]
    out = picture.copy()
    for _ in range(rng.integers(1, 4)):
        start, angle = rng.uniform(0, size, 2), rng.uniform(0, 2 * np.pi)
        steps = np.cumsum(np.full(12, size * rng.uniform(0.02, 0.05)))
        angles = angle + np.cumsum(rng.normal(0, 0.25, 12))
        points = start + np.stack([np.cos(angles) * steps, np.sin(angles) * steps], 1)
        width = max(1, round(size * rng.uniform(0.01, 0.04)))
        cv2.polylines(out, [points.astype(np.int32)], False, 0, width)
    return out


def illumination(size: int, rng: np.random.Generator) -> Gain:
    """Smooth gain field around 1, as of an unevenly lit or unevenly stained section."""
    coarse = np.exp(rng.normal(0, rng.uniform(0.1, 0.45), (3, 3))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC))


def stitching_bands(size: int, rng: np.random.Generator) -> Gain:
    """Gain of mosaic tiles: each tile brighter on one side, with its own level."""
    period = rng.uniform(0.06, 0.25) * size
    ramp, level = rng.uniform(0, 0.4), rng.uniform(0, 0.15)
    gains = []
    for _ in range(2):
        place = (np.arange(size) + rng.uniform(0, period)) / period
        levels = rng.normal(1.0, level, int(place[-1]) + 2)
        gains.append(levels[place.astype(int)] * (1 + ramp * (place % 1 - 0.5)))
    horizontal, vertical = gains
    if rng.random() < 0.5:
        vertical = np.ones(size)
    return np.clip(vertical[:, None] * horizontal[None, :], 0.2, 2.0).astype(np.float32)
