"""The picture that is registered: small, on dark ground, with its tissue and its scale."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.preprocessing.section_gray import (
    dark_background,
    shrink,
    tissue_mask,
    to_gray_uint8,
)

MIN_COMPONENT = 0.02
MIN_TISSUE = 0.01


@dataclass(frozen=True, eq=False)
class Picture:
    """A shrunken image on dark background with its tissue.

    Attributes
    ----------
    gray : ndarray, (rows, columns), float32
        0 to 1, background near 0.
    tissue : ndarray, (rows, columns), bool
        True where there is tissue.
    scale : (float, float)
        Rows and columns of the full image per row and column of this one.
    """

    gray: NDArray[np.float32]
    tissue: NDArray[np.bool_]
    scale: tuple[float, float]

    def smaller(self, side: int) -> Picture:
        """Return the picture with its longer side at most ``side`` pixels."""
        shape = self.gray.shape
        factor = side / max(shape)
        if factor >= 1:
            return self
        rows, columns = (max(8, round(n * factor)) for n in shape)
        gray = cv2.resize(self.gray, (columns, rows), interpolation=cv2.INTER_AREA)
        tissue = cv2.resize(
            self.tissue.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
        )
        scale = (self.scale[0] * shape[0] / rows, self.scale[1] * shape[1] / columns)
        return Picture(np.asarray(gray), np.asarray(tissue > 0.5), scale)


def picture(
    image: NDArray[np.generic], side: int, mask: NDArray[np.bool_] | None, what: str
) -> Picture:
    """Shrink an image to ``side`` pixels and find its tissue.

    Parameters
    ----------
    image : ndarray, (height, width) or (height, width, 3)
    side : int
        Longest side of the result.
    mask : ndarray of bool, (height, width), or None
        Tissue, where it is known already.
    what : str
        Name of the image for the error message.

    Raises
    ------
    BrainseekError
        When less than 1 % of the image is tissue, or the mask has another shape.
    """
    full = image.shape[:2]
    gray = dark_background(shrink(to_gray_uint8(image), side))
    rows, columns = gray.shape
    if mask is None:
        found = tissue_mask(gray, MIN_COMPONENT)
    elif mask.shape != full:
        raise BrainseekError(
            f"the mask of {what} has shape {mask.shape} but its image {full}; give equal shapes."
        )
    else:
        area = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        found = np.asarray(area > 0.5)
    if found.mean() < MIN_TISSUE:
        raise BrainseekError(
            f"only {found.mean():.1%} of {what} is tissue, too little to align; "
            "crop the image or give a mask."
        )
    light = gray.astype(np.float32) / np.float32(255)
    return Picture(light, found, (full[0] / rows, full[1] / columns))


def grown(mask: NDArray[np.bool_], share: float) -> NDArray[np.bool_]:
    """Grow a mask on all sides by ``share`` of the image's longer side."""
    size = 2 * max(1, round(share * max(mask.shape))) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), bool)


def xy_matrix(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Change a map of (row, column) to one of (x, y), or back."""
    return np.asarray(matrix[::-1][:, [1, 0, 2]])


def low_matrix(
    matrix: NDArray[np.float64], section: Picture, target: Picture
) -> NDArray[np.float64]:
    """Change a (2, 3) map of full section pixels to full target pixels to the shrunken pictures."""
    s, t = np.array(section.scale), np.array(target.scale)
    linear = matrix[:, :2] * s / t[:, None]
    shift = (matrix[:, :2] @ (0.5 * s - 0.5) + matrix[:, 2] + 0.5) / t - 0.5
    return np.column_stack([linear, shift])


def full_matrix(low: NDArray[np.float64], section: Picture, target: Picture) -> NDArray[np.float64]:
    """Inverse of `low_matrix`."""
    s, t = np.array(section.scale), np.array(target.scale)
    linear = low[:, :2] / s * t[:, None]
    shift = (low[:, 2] + 0.5) * t - 0.5 - linear @ (0.5 * s - 0.5)
    return np.column_stack([linear, shift])
