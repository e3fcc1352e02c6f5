"""A section in one stain: the places in it that one can ask about, and what lies there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import (
    PairFrame,
    cut_pair,
    cut_upright,
    tissue_centres,
    tissue_grid,
)
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.sections.section import Section
from brainseek.embedder.multimodal_encoder import COARSEST
from brainseek.embedder.preprocessing.section_gray import paired_gray
from brainseek.index.derived.pairs import EVERY_UM
from brainseek.index.search.patched_planes import Patches
from brainseek.index.writing.patch_row import upright_window

IMAGE_EVERY_UM = 250.0
"""Distance of the places in an image of one's own."""
_START = (0.3, 0.3)
"""Share of rows and columns near which a visitor begins: cortex or hippocampus in many plates."""


@dataclass(frozen=True, eq=False)
class StainedPatch:
    """What lies at one place of a section.

    Attributes
    ----------
    gray : ndarray of uint8, (side, side)
        With a dark background.
    partner : ndarray of uint8, (side, side), or None
        The same tissue in the other stain, where it is known.
    spot : (float, float)
        Row and column in the image.
    point_um : ndarray, (3,), or None
        AP, DV, ML by the pair's map to its atlas.
    """

    gray: NDArray[np.uint8]
    partner: NDArray[np.uint8] | None
    spot: tuple[float, float]
    point_um: NDArray[np.float64] | None


@dataclass(frozen=True, eq=False)
class StainedSection:
    """A section and its places.

    Attributes
    ----------
    title : str
        Name of the pair or of the file.
    image : PairedImage
    frame : PairFrame
        Of the patches.
    spots : ndarray, (n, 2)
        Row and column of the places in the image.
    pair : SectionPair or None
        The pair that the image is one of.
    pair_spots : ndarray, (n, 2), or None
        The same places in the first image of the pair.
    """

    title: str
    image: PairedImage
    frame: PairFrame
    spots: NDArray[np.float64]
    pair: SectionPair | None = None
    pair_spots: NDArray[np.float64] | None = None

    @property
    def other(self) -> PairedImage | None:
        """The same tissue in the other stain."""
        if self.pair is None:
            return None
        return self.pair.second if self.image is self.pair.first else self.pair.first

    def patch_at(self, number: int) -> StainedPatch:
        """Return what lies at one of the places."""
        spot = (float(self.spots[number, 0]), float(self.spots[number, 1]))
        if self.pair is None or self.pair_spots is None:
            patch = cut_upright(self.image, self.spots[number : number + 1], self.frame)[0]
            return StainedPatch(patch, None, spot, None)
        here = self.pair_spots[number : number + 1]
        first, second = cut_pair(self.pair, here, self.frame)
        point = None if self.pair.to_atlas is None else self.pair.places_um(here)[0]
        if self.image is self.pair.first:
            return StainedPatch(first[0], second[0], spot, point)
        return StainedPatch(second[0], first[0], spot, point)

    def start(self) -> int:
        """Return the number of the place to begin with."""
        middle = np.array(self.image.image.shape) * _START
        return int(((self.spots - middle) ** 2).sum(1).argmin())

    def patches(self) -> Patches:
        """Return the upright squares around the places, in pixels of the image."""
        windows = [upright_window(spot, self.frame, self.image.pixel_um) for spot in self.spots]
        boxes = np.array([(w.row, w.column, w.height, w.width) for w in windows], np.int32)
        return Patches([str(number) for number in range(len(boxes))], boxes)


def section_of_pair(pair: SectionPair, modality: str, frame: PairFrame) -> StainedSection:
    """Return one image of a pair; its places are those of the collection of patches.

    Raises
    ------
    BrainseekError
        If no patch shows tissue in both stains.
    """
    here = tissue_centres(pair, frame, EVERY_UM)
    if not len(here):
        raise BrainseekError(
            f"{pair.name} shows no {frame.side_um / 1000:g} mm of tissue in both stains; choose "
            "another section."
        )
    first = modality == pair.first.modality
    spots = here if first else pair.transform(here)
    return StainedSection(pair.name, pair.first if first else pair.second, frame, spots, pair, here)


def section_of_image(
    section: Section, name: str, modality: str, frame: PairFrame
) -> StainedSection:
    """Return a section of one's own; bright-field images are inverted.

    Raises
    ------
    BrainseekError
        If its pixel size is not known or too coarse, or it shows no patch of tissue.
    """
    size = section.pixel_size_um
    if size is None:
        raise BrainseekError(
            f"the pixel size of {name} is not known, so nobody knows how large its tissue is; "
            "state it in µm."
        )
    if size > COARSEST * frame.pixel_um:
        raise BrainseekError(
            f"{name} has pixels of {size:g} µm, more than {COARSEST:.0f} times coarser than the "
            f"encoder's {frame.pixel_um:g} µm; take a finer image or check the pixel size."
        )
    gray, mask = paired_gray(section)
    image = PairedImage(gray, size, modality, mask)
    spots = tissue_grid(image, frame, IMAGE_EVERY_UM)
    if not len(spots):
        raise BrainseekError(
            f"{name} shows no {frame.side_um / 1000:g} mm of tissue at {size:g} µm a pixel; check "
            "the pixel size or take a larger image."
        )
    return StainedSection(name, image, frame, spots)
