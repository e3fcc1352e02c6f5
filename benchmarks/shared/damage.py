"""Damage to real sections, simulated: missing tissue, turns, contrast, blur, stitching.

Every function takes an 8-bit gray picture (rows, columns) on a dark background and returns one.
They are written anew for the benchmark, not shared with the augmentations of the trainers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.embedder.preprocessing.section_gray import dark_background, tissue_mask

Picture = NDArray[np.uint8]
Damage = Callable[[Picture, np.random.Generator], Picture]
SMALLEST_PIECE = 0.05


@dataclass(frozen=True)
class Condition:
    """A named damage."""

    label: str
    damage: Damage

    def __call__(self, picture: Picture, seed: int) -> Picture:
        """Damage one picture; the same seed gives the same damage."""
        return self.damage(picture, np.random.default_rng(seed))


def tissue(picture: Picture) -> NDArray[np.bool_]:
    """Where there is tissue."""
    return tissue_mask(dark_background(picture), SMALLEST_PIECE)


def without_half_plane(picture: Picture, share: float, angle: float) -> Picture:
    """Blacken what lies beyond a straight line that cuts off ``share`` of the tissue area.

    ``angle`` (radians) is the direction in which tissue is lost: 0 = right, π/2 = down.
    """
    rows, columns = np.indices(picture.shape, dtype=np.float32)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    edge = np.quantile(along[tissue(picture)], 1 - share)
    return np.where(along > edge, 0, picture).astype(np.uint8)


def turned(picture: Picture, degrees: float) -> Picture:
    """Turn counter-clockwise about the middle; the canvas grows so that nothing is lost."""
    rows, columns = picture.shape
    matrix = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    width, height = (
        int(np.ceil(columns * cos + rows * sin)),
        int(np.ceil(columns * sin + rows * cos)),
    )
    matrix[:, 2] += ((width - columns) / 2, (height - rows) / 2)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height)), np.uint8)


def negative(picture: Picture) -> Picture:
    """The whole picture inverted: dark tissue on a bright background."""
    return np.asarray(255 - picture, np.uint8)


def inverted_tissue(picture: Picture) -> Picture:
    """Only the tissue inverted: bright structures become dark, the background stays dark."""
    return np.where(tissue(picture), 255 - picture, picture).astype(np.uint8)


def blurred(picture: Picture, share: float) -> Picture:
    """Gaussian blur with a standard deviation of ``share`` of the longer side."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), share * max(picture.shape)), np.uint8)


def stitched(picture: Picture, rng: np.random.Generator) -> Picture:
    """Mosaic of square tiles, 10 to 20 % of the longer side each, darker towards their edges.

    Every tile has its own brightness (±15 %) and falls off by 40 % from its middle to its
    corners, which leaves a grid of dark bands.
    """
    side = max(16, round(rng.uniform(0.10, 0.20) * max(picture.shape)))
    rows, columns = np.indices(picture.shape)
    centre = (side - 1) / 2
    off = np.hypot(rows % side - centre, columns % side - centre) / (centre * np.sqrt(2))
    grid = (picture.shape[0] // side + 1, picture.shape[1] // side + 1)
    level = rng.uniform(0.85, 1.15, grid)[rows // side, columns // side]
    return np.clip(picture * level * (1 - 0.4 * off**2), 0, 255).astype(np.uint8)


def _missing(share: float) -> Damage:
    return lambda picture, rng: without_half_plane(picture, share, rng.uniform(0, 2 * np.pi))


CONDITIONS: tuple[Condition, ...] = (
    Condition("nothing done", lambda picture, rng: picture),
    Condition("20 % of the tissue missing", _missing(0.2)),
    Condition("40 % of the tissue missing", _missing(0.4)),
    Condition("60 % of the tissue missing", _missing(0.6)),
    Condition("left half only", lambda picture, rng: without_half_plane(picture, 0.5, 0.0)),
    Condition("right half only", lambda picture, rng: without_half_plane(picture, 0.5, np.pi)),
    Condition("turned by +15°", lambda picture, rng: turned(picture, 15)),
    Condition("turned by −15°", lambda picture, rng: turned(picture, -15)),
    Condition("flipped left to right", lambda picture, rng: np.ascontiguousarray(picture[:, ::-1])),
    Condition("whole picture inverted", lambda picture, rng: negative(picture)),
    Condition("tissue inverted, background dark", lambda picture, rng: inverted_tissue(picture)),
    Condition("blur, sd 1 % of the longer side", lambda picture, rng: blurred(picture, 0.01)),
    Condition("stitching bands", stitched),
)
