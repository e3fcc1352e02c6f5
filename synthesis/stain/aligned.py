"""Both images of a pair on one grid of pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.sections.section import check_pixel_size


@dataclass(frozen=True, eq=False)
class AlignedImages:
    """A source and a target image, pixel on pixel.

    Attributes
    ----------
    source, target : ndarray of uint8, (rows, columns)
        Gray with a dark background.
    mask : ndarray of bool, (rows, columns)
        Tissue of both.
    pixel_um : float
        Side of a pixel in µm.
    composed : ndarray of float32, (rows, columns), optional
        What `synthesis.stain.compose.compose` made of the source, 0 to 255, as a second condition
        of a generator.

    Raises
    ------
    BrainseekError
        If the shapes differ or there is no tissue.
    """

    source: NDArray[np.uint8]
    target: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    pixel_um: float
    composed: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Refuse images that don't lie on one grid."""
        others = [self.target, self.mask, *([] if self.composed is None else [self.composed])]
        for other in others:
            if self.source.ndim != 2 or other.shape != self.source.shape:
                raise BrainseekError(
                    f"images of shapes {self.source.shape} and {other.shape} are not on one grid; "
                    "give (rows, columns) of one shape."
                )
        if not self.mask.any():
            raise BrainseekError("the two images share no tissue; check the transform of the pair.")


def aligned(pair: SectionPair, source: str, pixel_um: float) -> AlignedImages:
    """Resample a pair on the grid of its first image.

    Parameters
    ----------
    pair : SectionPair
    source : str
        Modality of the pair that becomes the source; the other one is the target.
    pixel_um : float
        Side of the new pixels in µm; both images are area-averaged when shrinking.

    Raises
    ------
    BrainseekError
        If the pair has no such modality or the images share no tissue.
    """
    check_pixel_size(pixel_um)
    if source not in pair.modalities:
        raise BrainseekError(
            f"the pair '{pair.name}' has no {source} image; choose from "
            f"{', '.join(pair.modalities)}."
        )
    shape = grid_shape(pair.first, pixel_um)
    ratio = np.array(pair.first.image.shape) / shape
    rows, columns = np.indices(shape, np.float64)
    here = np.stack([rows.ravel(), columns.ravel()], 1)
    here = (here + 0.5) * ratio - 0.5
    there = pair.transform(here)
    grays, masks = [], []
    for image, points in ((pair.first, here), (pair.second, there)):
        map_rows, map_columns = points.T.astype(np.float32).reshape(2, *shape)
        grays.append(cv2.remap(image.smooth(pixel_um), map_columns, map_rows, cv2.INTER_LINEAR))
        tissue = image.mask.astype(np.uint8)
        masks.append(cv2.remap(tissue, map_columns, map_rows, cv2.INTER_NEAREST) > 0)
    first, second = (np.asarray(gray, np.uint8) for gray in grays)
    mask = np.asarray(masks[0] & masks[1])
    if source == pair.modalities[0]:
        return AlignedImages(first, second, mask, pixel_um)
    return AlignedImages(second, first, mask, pixel_um)


def grid_shape(image: PairedImage, pixel_um: float) -> tuple[int, int]:
    """Return rows and columns of an image with other pixels."""
    rows, columns = (max(1, round(n * image.pixel_um / pixel_um)) for n in image.image.shape)
    return rows, columns
