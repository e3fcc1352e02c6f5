"""Eight coarse brain regions, and how well two maps of them agree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

from brainseek.catalog.structures.tree import StructureTree

REGIONS: dict[str, tuple[str, ...]] = {
    "isocortex": ("Isocortex",),
    "hippocampus": ("HPF",),
    "basal ganglia": ("CNU",),
    "thalamus": ("TH",),
    "hypothalamus": ("HY",),
    "midbrain": ("MB",),
    "olfactory": ("OLF", "CTXsp"),
    "hindbrain and cerebellum": ("HB", "CB"),
}
"""Names and the acronyms of the structures that they are made of (with all below these)."""

MIN_SHARE = 0.01
"""Regions that fill less of the true labels than this are not scored: too few pixels."""

Regions = NDArray[np.uint8]


def coarse_regions(labels: NDArray[np.int32], tree: StructureTree) -> Regions:
    """Replace structure ids by 1 to 8 in the order of `REGIONS`, and 0 elsewhere."""
    number: dict[int, int] = {}
    for region, acronyms in enumerate(REGIONS.values(), start=1):
        for acronym in acronyms:
            top = tree.by_acronym[acronym]
            number |= {s.id: region for s in (top, *tree.descendants(top.id))}
    ids, where = np.unique(labels, return_inverse=True)
    lookup = np.array([number.get(int(id_), 0) for id_ in ids], np.uint8)
    return np.asarray(lookup[where.reshape(labels.shape)])


@dataclass(frozen=True)
class Agreement:
    """Agreement of transferred regions with the true ones.

    Attributes
    ----------
    dice : dict of str to float
        Dice of each scored region.
    squared_error : float
        Mean squared difference of the binary masks, over pixels and scored regions.
    hausdorff95_um : float
        Mean over scored regions of the 95th percentile of the distances between outlines, both
        ways, in µm. A region that was not transferred at all counts with the image's diagonal.
    """

    dice: dict[str, float]
    squared_error: float
    hausdorff95_um: float

    @property
    def mean_dice(self) -> float:
        """Mean over the scored regions."""
        return float(np.mean(list(self.dice.values())))


def agreement(
    found: Regions, truth: Regions, valid: NDArray[np.bool_], pixel_size_um: float
) -> Agreement:
    """Compare regions inside ``valid``; all arrays have one shape.

    Regions that fill less than 1 % of the truth are left out.
    """
    labelled = int(((truth > 0) & valid).sum())
    dice: dict[str, float] = {}
    errors, distances = [], []
    for number, name in enumerate(REGIONS, start=1):
        one, two = (found == number) & valid, (truth == number) & valid
        if two.sum() < max(1, MIN_SHARE * labelled):
            continue
        dice[name] = float(2 * (one & two).sum() / (one.sum() + two.sum()))
        errors.append(float((one ^ two)[valid].mean()))
        distances.append(_hausdorff95(one, two) * pixel_size_um)
    return Agreement(dice, float(np.mean(errors)), float(np.mean(distances)))


def _hausdorff95(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    """Larger 95th percentile of the distances from each outline to the other, in pixels."""
    if not one.any():
        return float(np.hypot(*one.shape))
    edges = [mask & ~binary_erosion(mask) for mask in (one, two)]
    both = [np.percentile(distance_transform_edt(~edges[1 - i])[edges[i]], 95) for i in (0, 1)]
    return float(max(both))
