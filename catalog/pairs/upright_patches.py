"""Upright patches of one image, cut as `catalog.pairs.patches` cuts the first of a pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.pairs.patches import PairFrame, cut_turned
from brainseek.catalog.pairs.section_pair import PairedImage
from brainseek.catalog.pairs.transforms import Points, points_of


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
    points = image.grid(every_um)
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
    upright = np.broadcast_to(np.eye(2), (len(points), 2, 2))
    return cut_turned(image, points, frame, upright, np.ones(len(points)))
