"""From any section image to the square gray picture that a network sees.

The preprocessing belongs to the encoder: its settings are stored in the encoder's card and
hashed into its identity, and the trainers call this same code, so training and query cannot
differ.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section

Picture = NDArray[np.uint8]

_WORKING_SIDE = 512
_MASK_SIDE = 256
_PAIRED_MASK_SIDE = 512
_SMALLEST_PIECE = 0.05
"""Share of the largest piece of tissue below which others are left out of a pair."""


@dataclass(frozen=True)
class Preprocessing:
    """Settings of the preprocessing; calling it turns an image into network input.

    Attributes
    ----------
    size : int
        Side of the square output in pixels.
    clahe_clip : float
        Clip limit of the contrast-limited adaptive histogram equalisation; 0 turns it off.
    clahe_tiles : int
        CLAHE tiles along each side.
    min_component : float
        Connected tissue pieces smaller than this fraction of the largest are left out of the crop.
    margin : float
        Border kept around the tissue, as a fraction of the crop's longer side.
    """

    size: int = 192
    clahe_clip: float = 2.0
    clahe_tiles: int = 8
    min_component: float = 0.05
    margin: float = 0.01

    def __call__(self, image: NDArray[np.generic]) -> NDArray[np.float32]:
        """Turn one image into network input.

        Parameters
        ----------
        image : ndarray, shape (rows, columns) or (rows, columns, 3)
            Any real dtype; 8-bit is taken as it is, other types are scaled between their
            0.1th and 99.9th percentile.

        Returns
        -------
        ndarray, shape (size, size), float32
            Gray values in 0..1, dark background, tissue centred, zero padding.
        """
        return self.square(image, self.size).astype(np.float32) / np.float32(255.0)

    def square(self, image: NDArray[np.generic], size: int) -> NDArray[np.uint8]:
        """Crop, equalise and pad to a ``(size, size)`` uint8 picture (used by the trainers too)."""
        gray: Picture = shrink(to_gray_uint8(image), max(_WORKING_SIDE, size))
        gray = dark_background(gray)
        top, bottom, left, right = tissue_box(gray, self.min_component, self.margin)
        crop: Picture = gray[top:bottom, left:right]
        scale = size / max(crop.shape)
        rows, columns = (max(1, round(side * scale)) for side in crop.shape)
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        crop = np.asarray(cv2.resize(crop, (columns, rows), interpolation=interpolation), np.uint8)
        crop = self.equalised(crop)
        out = np.zeros((size, size), np.uint8)
        row, column = (size - rows) // 2, (size - columns) // 2
        out[row : row + rows, column : column + columns] = crop
        return out

    def equalised(self, gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Equalise the contrast of a gray picture (rows, columns) by CLAHE, where that is on."""
        if self.clahe_clip <= 0:
            return gray
        tiles = (self.clahe_tiles, self.clahe_tiles)
        return np.asarray(cv2.createCLAHE(self.clahe_clip, tiles).apply(gray), np.uint8)


def to_gray_uint8(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Gray 8-bit version of an image, shape (rows, columns).

    Raises
    ------
    BrainseekError
        If the array is not an image of shape (rows, columns) or (rows, columns, 3), or holds
        NaN or infinite values.
    """
    if image.ndim == 3 and image.shape[2] == 3:
        weights = np.array([0.299, 0.587, 0.114], np.float32)
        if image.dtype == np.uint8:
            return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY))
        image = image.astype(np.float32) @ weights
    if image.ndim != 2 or 0 in image.shape:
        raise BrainseekError(
            f"An array of shape {image.shape} is not an image: give (rows, columns) or "
            "(rows, columns, 3); of a 3-D stack choose one slice."
        )
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    values = image.astype(np.float32)
    if not np.isfinite(values).all():
        raise BrainseekError("The image holds NaN or infinite values: replace them, e.g. with 0.")
    low, high = np.percentile(values, (0.1, 99.9))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    span = max(float(high - low), np.finfo(np.float32).tiny)
    return np.clip((values - low) / span * 255.0, 0, 255).astype(np.uint8)


def shrink(gray: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Area-average an image so that its longer side is at most ``side`` pixels."""
    scale = side / max(gray.shape)
    if scale >= 1:
        return gray
    rows, columns = (max(1, round(length * scale)) for length in gray.shape)
    return np.asarray(cv2.resize(gray, (columns, rows), interpolation=cv2.INTER_AREA))


def dark_background(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn bright-field images (border brighter than the middle) into dark-background ones.

    The image is inverted, and what remains of the background, the median along the border, is
    subtracted. Images with a dark border are returned as they are.
    """
    rows, columns = gray.shape
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    middle = gray[rows // 4 : max(rows * 3 // 4, 1), columns // 4 : max(columns * 3 // 4, 1)]
    paper = float(np.median(border))
    if paper <= 140 or paper <= np.mean(middle) + 5:
        return gray
    darkest = float(np.percentile(gray, 0.5))
    stretched = (paper - 4 - gray.astype(np.float32)) * (255.0 / max(paper - 4 - darkest, 1.0))
    return np.clip(stretched, 0, 255).astype(np.uint8)


def tissue_mask(gray: NDArray[np.uint8], min_component: float) -> NDArray[np.bool_]:
    """Tissue of a dark-background image by Otsu's threshold on a blurred, square-rooted copy.

    Returns
    -------
    ndarray, bool, same shape as ``gray``
        Pieces smaller than ``min_component`` of the largest are left out; if nothing stands out,
        everything is tissue.
    """
    sigma = max(gray.shape) / 100.0
    smooth = cv2.GaussianBlur(np.sqrt(gray.astype(np.float32) / 255.0), (0, 0), sigma)
    levels = (smooth * 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    # Otsu splits dim from bright tissue when little background is there: aim below it.
    background = float(np.percentile(levels, 1))
    mask = (levels > background + 0.5 * (threshold - background)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count <= 1:
        return np.ones(gray.shape, bool)
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = np.concatenate([[False], areas >= min_component * areas.max()])
    return np.asarray(keep[labels], bool)


def tissue_box(
    gray: NDArray[np.uint8], min_component: float, margin: float
) -> tuple[int, int, int, int]:
    """Bounding box ``(top, bottom, left, right)`` of the tissue in pixels, margin included."""
    small = shrink(gray, _MASK_SIDE)
    mask = tissue_mask(small, min_component)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    border = margin * max(small.shape)
    scale = gray.shape[0] / small.shape[0], gray.shape[1] / small.shape[1]
    top = max(0, int((rows[0] - border) * scale[0]))
    bottom = min(gray.shape[0], int(np.ceil((rows[-1] + 1 + border) * scale[0])))
    left = max(0, int((columns[0] - border) * scale[1]))
    right = min(gray.shape[1], int(np.ceil((columns[-1] + 1 + border) * scale[1])))
    return top, bottom, left, right


def paired_gray(section: Section) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return gray (rows, columns) uint8 with a dark background, and the tissue, bool.

    It is what encoders of several modalities see of a section. A section's own tissue mask is
    taken where it has one.
    """
    gray = dark_background(to_gray_uint8(section.image))
    if section.tissue_mask is not None:
        return gray, section.tissue_mask
    small = tissue_mask(shrink(gray, _PAIRED_MASK_SIDE), _SMALLEST_PIECE).astype(np.uint8)
    mask = cv2.resize(small, gray.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return gray, np.asarray(mask, bool)
