"""Places on held-out sections, seen upright in a gallery and a little turned as queries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, all_centres, cut_pair
from brainseek.catalog.pairs.section_pair import SectionPair

Patches = NDArray[np.uint8]
EVERY_UM = 400.0
"""Distance of the grid of places within a section."""
SEED = 60_013


@dataclass(frozen=True, eq=False)
class Centres:
    """Chosen places of some pairs.

    Attributes
    ----------
    pairs : tuple of SectionPair
    numbers : ndarray of int, (n,)
        Which pair, rising.
    centres : ndarray, (n, 2)
        Row and column in its first image.
    """

    pairs: tuple[SectionPair, ...]
    numbers: NDArray[np.int64]
    centres: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Places:
    """Patches of n places in two modalities.

    Attributes
    ----------
    modalities : tuple of two str
    upright, turned : tuple of two ndarray, each (n, side, side), uint8
        Of either modality: as the section lies, and turned by a random angle of its own.
    places_um : ndarray, (n, 3)
        As `brainseek.catalog.pairs.section_pair.SectionPair.places_um`.
    numbers : ndarray of int, (n,)
        Which of the pairs.
    blocks : ndarray of int, (n,)
        Which block of adjacent sections.
    """

    modalities: tuple[str, str]
    upright: tuple[Patches, Patches]
    turned: tuple[Patches, Patches]
    places_um: NDArray[np.float64]
    numbers: NDArray[np.int64]
    blocks: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places_um)


def chosen_centres(
    pairs: Sequence[SectionPair],
    frame: PairFrame,
    most: int,
    *,
    every_um: float = EVERY_UM,
    least_tissue: float = 0.5,
) -> Centres:
    """Choose at most ``most`` places of a grid at random, always the same.

    Raises
    ------
    BrainseekError
        If fewer than 10 places show enough tissue in both images.
    """
    numbers, centres = all_centres(pairs, frame, every_um, least_tissue)
    if len(centres) < 10:
        raise BrainseekError(
            f"{len(pairs)} pairs have {len(centres)} places with enough tissue, too few to be "
            "compared: give more pairs or larger sections."
        )
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(centres))[:most])
    return Centres(tuple(pairs), numbers[chosen], centres[chosen])


def cut_places(chosen: Centres, frame: PairFrame, turn_deg: float, block: int) -> Places:
    """Cut the patches of chosen places.

    Parameters
    ----------
    chosen : Centres
    frame : PairFrame
    turn_deg : float
        Queries are turned by up to this, each by itself.
    block : int
        How many adjacent groups of the pairs form a block.
    """
    pairs, numbers = chosen.pairs, chosen.numbers
    angles = np.random.default_rng((SEED, 1)).uniform(-turn_deg, turn_deg, (2, len(numbers)))
    shape = (len(numbers), frame.side_px, frame.side_px)
    cut = np.empty((4, *shape), np.uint8)
    places_um = np.empty((len(numbers), 3))
    for number in np.unique(numbers):
        mine = numbers == number
        pair, centres = pairs[number], chosen.centres[mine]
        cut[0, mine], cut[1, mine] = cut_pair(pair, centres, frame)
        cut[2, mine], cut[3, mine] = cut_pair(
            pair, centres, frame, angles[0, mine], angles[1, mine]
        )
        places_um[mine] = pair.places_um(centres)
    rank = np.unique([pair.group for pair in pairs], return_inverse=True)[1].ravel()
    return Places(
        pairs[0].modalities, (cut[0], cut[1]), (cut[2], cut[3]), places_um, numbers,
        rank[numbers] // block,
    )  # fmt: skip
