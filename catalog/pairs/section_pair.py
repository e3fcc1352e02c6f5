"""Pairs of images of the same tissue in two modalities, and the map between them."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.transforms import AtlasMap, PixelTransform, Points, points_of
from brainseek.catalog.sections.section import check_pixel_size

MOST_DIFFERENT_PIXELS = 4.0
"""Largest ratio of the pixel sizes of the two images of a pair."""
_BLUR = 0.35
"""Standard deviation of the blur before shrinking, as a share of the new pixel."""


@dataclass(frozen=True, eq=False)
class PairedImage:
    """One image of a pair.

    Attributes
    ----------
    image : ndarray, (rows, columns), uint8
        Gray with a dark background; bright-field stains are inverted.
    pixel_um : float
        Side of a pixel in µm.
    modality : str
        E.g. "nissl".
    mask : ndarray, (rows, columns), bool
        True where there is tissue.

    Raises
    ------
    BrainseekError
        If the image is no 8-bit gray picture, the mask has another shape or no tissue, the pixel
        size is no positive number, or the modality has no name.
    """

    image: NDArray[np.uint8]
    pixel_um: float
    modality: str
    mask: NDArray[np.bool_]
    _smooth: dict[float, NDArray[np.uint8]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no picture of tissue."""
        check_pixel_size(self.pixel_um)
        if not self.modality:
            raise BrainseekError("an image of a pair has no modality; name it, e.g. 'nissl'.")
        if self.image.ndim != 2 or self.image.dtype != np.uint8 or 0 in self.image.shape:
            raise BrainseekError(
                f"the {self.modality} image of shape {self.image.shape} and type "
                f"{self.image.dtype} is no gray picture; give (rows, columns) uint8."
            )
        if self.mask.shape != self.image.shape or self.mask.dtype != np.bool_:
            raise BrainseekError(
                f"the mask of shape {self.mask.shape} and type {self.mask.dtype} does not belong "
                f"to the {self.modality} image of shape {self.image.shape}; give bool of that "
                "shape."
            )
        if not self.mask.any():
            raise BrainseekError(
                f"the mask of the {self.modality} image marks no tissue; give another mask."
            )

    def smooth(self, pixel_um: float) -> NDArray[np.uint8]:
        """Return the image blurred so that it may be sampled every ``pixel_um``; it is kept."""
        if pixel_um <= self.pixel_um:
            return self.image
        if pixel_um not in self._smooth:
            sigma = _BLUR * pixel_um / self.pixel_um
            blurred = np.asarray(cv2.GaussianBlur(self.image, (0, 0), sigma), np.uint8)
            self._smooth[pixel_um] = blurred
        return self._smooth[pixel_um]

    def tissue_share(self, side_um: float) -> NDArray[np.float32]:
        """Return the share of tissue in an upright square around every pixel.

        Squares of ``side_um`` are rounded to an odd number of pixels; beyond the image there is
        no tissue.
        """
        side = 2 * int(side_um / self.pixel_um / 2) + 1
        tissue = self.mask.astype(np.float32)
        share = cv2.boxFilter(tissue, -1, (side, side), borderType=cv2.BORDER_CONSTANT)
        return np.asarray(np.clip(share, 0, 1), np.float32)

    def grid(self, every_um: float) -> Points:
        """Return the points of a grid centred on the image, (n, 2) as (row, column).

        Parameters
        ----------
        every_um : float
            Distance of the points along rows and columns in µm.
        """
        check_pixel_size(every_um)
        step = every_um / self.pixel_um
        axes = [np.arange((n - 1) % step / 2, n - 0.5, step) for n in self.image.shape]
        return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)

    def holds(self, points: NDArray[np.generic]) -> NDArray[np.bool_]:
        """Tell which points (n, 2), (row, column), lie on a pixel of the image; (n,) bool."""
        nearest = np.rint(points_of(points))
        return np.asarray(((nearest >= 0) & (nearest < self.image.shape)).all(1))


@dataclass(frozen=True, eq=False)
class SectionPair:
    """Two images of the same tissue.

    Attributes
    ----------
    name : str
        For messages and tables.
    group : int
        Place in the order along the brain, e.g. the number of the plate; see `holdout`.
    first, second : PairedImage
        Of two modalities.
    transform : AffinePixels or GridPixels
        From pixels of the first image to pixels of the second.
    atlas : str or None
        Name of the atlas that ``to_atlas`` leads to.
    to_atlas : AffineAtlas, GridPixels or None
        From pixels of the first image to the atlas' coordinates in µm.

    Raises
    ------
    BrainseekError
        If both images have one modality, their pixels differ by more than 4 times, or the maps
        have the wrong number of coordinates or go without an atlas.
    """

    name: str
    group: int
    first: PairedImage
    second: PairedImage
    transform: PixelTransform
    atlas: str | None = None
    to_atlas: AtlasMap | None = None

    def __post_init__(self) -> None:
        """Refuse images that can't be compared."""
        first, second = self.first, self.second
        if first.modality == second.modality:
            raise BrainseekError(
                f"both images of the pair '{self.name}' are {first.modality}; give two modalities."
            )
        ratio = max(first.pixel_um / second.pixel_um, second.pixel_um / first.pixel_um)
        if ratio > MOST_DIFFERENT_PIXELS * (1 + 1e-9):
            raise BrainseekError(
                f"the pixels of the pair '{self.name}' are {first.pixel_um} and "
                f"{second.pixel_um} µm, more than {MOST_DIFFERENT_PIXELS:.0f} times apart; check "
                "the sizes or shrink the finer image."
            )
        if (self.atlas is None) != (self.to_atlas is None):
            raise BrainseekError(
                f"the pair '{self.name}' has an atlas without a map to it, or a map without the "
                "atlas' name; give both or none."
            )
        origin = np.zeros((1, 2))
        if self.transform(origin).shape[1] != 2:
            raise BrainseekError(
                f"the transform of the pair '{self.name}' leads to 3 coordinates, not to pixels; "
                "give one from the first image to the second."
            )
        if self.to_atlas is not None and self.to_atlas(origin).shape[1] != 3:
            raise BrainseekError(
                f"the map of the pair '{self.name}' to {self.atlas} leads to 2 coordinates; give "
                "one to three coordinates in µm."
            )

    @property
    def modalities(self) -> tuple[str, str]:
        """Modality of the first and of the second image."""
        return self.first.modality, self.second.modality

    def places_um(self, centres: NDArray[np.generic]) -> Points:
        """Return where pixels (n, 2) of the first image lie, (n, 3) in µm.

        With an atlas these are its coordinates; without, rows and columns in µm behind a first
        coordinate of 0.
        """
        if self.to_atlas is not None:
            return self.to_atlas(centres)
        flat = points_of(centres) * self.first.pixel_um
        return np.column_stack([np.zeros(len(flat)), flat])


def holdout(
    groups: NDArray[np.generic], every: int = 5, block: int = 6, gap: int = 2
) -> dict[str, NDArray[np.int64]]:
    """Split pairs into blocks of adjacent groups, so that no test section has a trained neighbour.

    The different groups are sorted and cut into blocks of ``block``. Of every ``every`` blocks,
    number 2 (from 0) is for testing and number 4 for validation, the others train; training groups
    within ``gap`` of a test or validation group are left unused.

    Parameters
    ----------
    groups : ndarray, (n,)
        Group of every pair.
    every, block, gap : int
        At least 5, 1 and 0.

    Returns
    -------
    dict of ndarray of int
        Positions in ``groups``, ascending, under "train", "validation", "test" and "unused"; every
        position is in exactly one of them.

    Raises
    ------
    BrainseekError
        If a number is too small.
    """
    if every < 5 or block < 1 or gap < 0:
        raise BrainseekError(
            f"holding out of every {every} blocks of {block} groups with a gap of {gap} is not "
            "possible; give every of 5 or more, block of 1 or more, gap of 0 or more."
        )
    names, order = np.unique(np.asarray(groups), return_inverse=True)
    number = np.arange(len(names)) // block % every
    role = np.select([number == 2, number == 4], ["test", "validation"], "train").astype("<U10")
    held = np.flatnonzero(role != "train")
    for rank in np.flatnonzero(role == "train"):
        if len(held) and np.abs(held - rank).min() <= gap:
            role[rank] = "unused"
    return {
        kind: np.flatnonzero(role[order.ravel()] == kind)
        for kind in ("train", "validation", "test", "unused")
    }
