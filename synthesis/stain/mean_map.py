"""The least a prediction has to beat: the mean target image, fitted to the tissue's box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.synthesis.stain.aligned import AlignedImages


@dataclass(frozen=True, eq=False)
class MeanMap:
    """Mean gray at every place of the tissue's bounding box; made by :meth:`fit`.

    Attributes
    ----------
    gray : ndarray of float32, (side, side)
        Rows and columns of the box, stretched to a square.
    """

    gray: NDArray[np.float32]

    @classmethod
    def fit(cls, images: Sequence[AlignedImages], side: int = 96) -> MeanMap:
        """Average the targets of training images, each within its tissue.

        Parameters
        ----------
        images : sequence of AlignedImages
        side : int
            Side of the map in cells. Cells that are tissue nowhere take the mean of all.

        Raises
        ------
        BrainseekError
            If there is no image.
        """
        if not images:
            raise BrainseekError("a mean of 0 images is none; give at least one training image.")
        total, weight = np.zeros((side, side)), np.zeros((side, side))
        for one in images:
            box = _box(one.mask)
            share = _stretched(one.mask[box].astype(np.float32), (side, side))
            gray = np.where(one.mask, one.target, 0)[box].astype(np.float32)
            total += _stretched(gray, (side, side))
            weight += share
        everywhere = total.sum() / weight.sum()
        safe = np.maximum(weight, 1e-6)
        return cls(np.where(weight > 1e-3, total / safe, everywhere).astype(np.float32))

    def predict(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the map stretched to the box of some tissue, (rows, columns), 0 outside it."""
        if not mask.any():
            raise BrainseekError("the mask marks no tissue to predict; give another one.")
        box = _box(mask)
        found = np.zeros(mask.shape, np.float32)
        found[box] = _stretched(self.gray, (found[box].shape[0], found[box].shape[1]))
        return np.where(mask, found, np.float32(0))


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _stretched(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    smaller = shape[0] * shape[1] < values.size
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (shape[1], shape[0]), interpolation=how), np.float32)
