"""Upright patches of one image, cut as `catalog.pair_patches` cuts the first of a pair."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from catalog.pair_patches import PairFrame
from catalog.pair_transforms import Points, points_of
from catalog.pairs import PairedImage
from catalog.section import check_pixel_size


def tissue_grid(
    image: PairedImage, frame: PairFrame, every_um: float, least_tissue: float = 0.5
) -> Points:
    """Return the points of a grid, (n, 2) as (row, column), whose patches show enough tissue.

    Parameters
    ----------
    image : PairedImage
    frame : PairFrame
    every_um : float
        Distance of the points in µm; the grid is centred on the image.
    least_tissue : float
        Share of the patch, 0 to 1; beyond the image there is no tissue.
    """
    check_pixel_size(every_um)
    step = every_um / image.pixel_um
    axes = [np.arange((n - 1) % step / 2, n - 0.5, step) for n in image.image.shape]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    row, column = np.minimum(np.rint(points), np.array(image.image.shape) - 1).astype(np.int64).T
    enough = image.tissue_share(frame.side_um)[row, column] >= least_tissue
    return np.asarray(points[enough], np.float64)


def cut_upright(
    image: PairedImage, centres: NDArray[np.generic], frame: PairFrame
) -> NDArray[np.uint8]:
    """Cut patches around pixels, area-averaged when shrinking, 0 beyond the image.

    Parameters
    ----------
    image : PairedImage
    centres : ndarray, (n, 2)
        Rows and columns.
    frame : PairFrame

    Returns
    -------
    ndarray of uint8, (n, side_px, side_px)
    """
    points = points_of(centres)
    smooth = image.smooth(frame.pixel_um)
    side, step = frame.side_px, frame.pixel_um / image.pixel_um
    out = np.empty((len(points), side, side), np.uint8)
    for index, (row, column) in enumerate(points - step * (side - 1) / 2):
        matrix = np.array([[step, 0, column], [0, step, row]])
        out[index] = cv2.warpAffine(
            smooth, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
    return out
