"""Patches of one image of a pair, and co-located patches of both, each cut from its own image."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import Points, jacobian, points_of
from brainseek.catalog.sections.section import check_pixel_size


@dataclass(frozen=True)
class PairFrame:
    """Size of the patches: ``side_px`` pixels of ``pixel_um`` µm along each side.

    Raises
    ------
    BrainseekError
        If the side is below 8 pixels or the pixel size is no positive number.
    """

    side_px: int = 64
    pixel_um: float = 25.0

    def __post_init__(self) -> None:
        """Refuse frames that show nothing."""
        check_pixel_size(self.pixel_um)
        if self.side_px < 8:
            raise BrainseekError(f"patches of {self.side_px} pixels are too small; use 8 or more.")

    @property
    def side_um(self) -> float:
        """Side of a patch in µm."""
        return self.side_px * self.pixel_um


def tissue_centres(
    pair: SectionPair,
    frame: PairFrame,
    every_um: float,
    least_tissue: float = 0.5,
    rng: np.random.Generator | None = None,
) -> Points:
    """Return centres on a grid whose patches are tissue in both images.

    Parameters
    ----------
    pair : SectionPair
    frame : PairFrame
    every_um : float
        Distance of the grid's points in µm, rows and columns of the first image.
    least_tissue : float
        Share of the (upright) patch that must be tissue, in each image, 0 to 1.
    rng : Generator, optional
        Moves every point of the grid by up to half of ``every_um`` along rows and columns.

    Returns
    -------
    ndarray, (n, 2), float64
        Row and column in the first image; may be empty.
    """
    points = pair.first.grid(every_um)
    if rng is not None:
        step = every_um / pair.first.pixel_um
        points = points + rng.uniform(-0.5, 0.5, points.shape) * step
    there = pair.transform(points)
    fine = pair.first.holds(points) & pair.second.holds(there)
    points, there = points[fine], there[fine]
    enough = np.ones(len(points), bool)
    for image, places in ((pair.first, points), (pair.second, there)):
        row, column = np.rint(places).astype(np.int64).T
        enough &= image.tissue_share(frame.side_um)[row, column] >= least_tissue
    return points[enough]


def all_centres(
    pairs: Sequence[SectionPair], frame: PairFrame, every_um: float, least_tissue: float
) -> tuple[NDArray[np.int64], Points]:
    """Return the centres of several pairs, see :func:`tissue_centres`.

    Returns
    -------
    numbers : ndarray, (n,), int64
        Which pair, rising.
    centres : ndarray, (n, 2), float64
        Row and column in its first image; may be empty.
    """
    grids = [tissue_centres(pair, frame, every_um, least_tissue) for pair in pairs]
    numbers = np.repeat(np.arange(len(pairs)), [len(grid) for grid in grids])
    return numbers, np.concatenate([np.empty((0, 2)), *grids])


def cut_pair(
    pair: SectionPair,
    centres: NDArray[np.generic],
    frame: PairFrame,
    angles_first: NDArray[np.generic] | None = None,
    angles_second: NDArray[np.generic] | None = None,
    scales: NDArray[np.generic] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Cut patches of both images around the same places.

    The second patch is turned, and mirrored where the transform mirrors, as the transform turns
    the tissue there, but neither stretched nor bent: both keep the texture of their own image.

    Parameters
    ----------
    pair : SectionPair
    centres : ndarray, (n, 2)
        Row and column in the first image.
    frame : PairFrame
    angles_first, angles_second : ndarray, (n,), optional
        Turn of the frame in degrees in each image, 0 by default; equal turns show equal tissue.
        Positive from rows towards columns.
    scales : ndarray, (n,), optional
        Factor of the side of the tissue shown in both patches, 1 by default.

    Returns
    -------
    first, second : ndarray, (n, side_px, side_px), uint8
        0 beyond the images.

    Raises
    ------
    BrainseekError
        If the middle of a patch lies outside either image.
    """
    points = points_of(centres)
    n = len(points)
    there = pair.transform(points)
    for image, places in ((pair.first, points), (pair.second, there)):
        outside = np.flatnonzero(~image.holds(places))
        if len(outside):
            row, column = places[outside[0]]
            raise BrainseekError(
                f"the patch at row {row:.0f}, column {column:.0f} of the {image.modality} image "
                f"of the pair '{pair.name}' lies outside its {image.image.shape[0]} x "
                f"{image.image.shape[1]} pixels; take centres from tissue_centres."
            )
    zero, one = np.zeros(n), np.ones(n)
    scale = one if scales is None else np.asarray(scales, np.float64)
    turns = [
        zero if a is None else np.asarray(a, np.float64) for a in (angles_first, angles_second)
    ]
    left, _, right = np.linalg.svd(jacobian(pair.transform, points))
    first = cut_turned(pair.first, points, frame, _turn(turns[0]), scale)
    axes = left @ right @ _turn(turns[1])
    return first, cut_turned(pair.second, there, frame, axes, scale)


def _turn(angles_deg: Points) -> Points:
    """Rotations (n, 2, 2) of (row, column) offsets."""
    radians = np.deg2rad(angles_deg)
    cosine, sine = np.cos(radians), np.sin(radians)
    return np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)


def cut_turned(
    image: PairedImage, centres: Points, frame: PairFrame, axes: Points, scales: Points
) -> NDArray[np.uint8]:
    """Cut squares of one image around its pixels, area-averaged when shrinking.

    Parameters
    ----------
    image : PairedImage
    centres : ndarray, (n, 2)
        Rows and columns.
    frame : PairFrame
    axes : ndarray, (n, 2, 2)
        Directions in the image, as columns: of the rows and of the columns of each patch.
    scales : ndarray, (n,)
        Factor of the side of the tissue shown.

    Returns
    -------
    ndarray, (n, side_px, side_px), uint8
        0 beyond the image.
    """
    smooth = image.smooth(frame.pixel_um)
    side, step = frame.side_px, frame.pixel_um / image.pixel_um
    middle = np.full(2, (side - 1) / 2)
    out = np.empty((len(centres), side, side), np.uint8)
    for index, (centre, turn, scale) in enumerate(zip(centres, axes, scales, strict=True)):
        rows_columns = turn * (step * scale)
        start = centre - rows_columns @ middle
        # OpenCV writes (x, y) = (column, row).
        matrix = np.column_stack([rows_columns[::-1, ::-1], start[::-1]])
        out[index] = cv2.warpAffine(
            smooth, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
    return out


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
    """Cut upright patches of one image around its pixels, see `cut_turned`."""
    points = points_of(centres)
    upright = np.broadcast_to(np.eye(2), (len(points), 2, 2))
    return cut_turned(image, points, frame, upright, np.ones(len(points)))
