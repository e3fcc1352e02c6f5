"""From the coordinates of neighbours to one place and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError

TEMPERATURE = 0.05
"""Fall of the score at which a neighbour's weight falls to 1/e, as in `Hits.votes`."""
REACH_UM = 1000.0
"""Neighbours within this distance belong to one place; farther ones count as this far away."""
_ROUNDS = 10


@dataclass(frozen=True, eq=False)
class PlaceEstimate:
    """A place and its spread.

    Attributes
    ----------
    point_um, sd_um : ndarray, (3,), float64
    agreement : float
        Share of the weight of the neighbours that belong to the place, 0 to 1.
    """

    point_um: NDArray[np.float64]
    sd_um: NDArray[np.float64]
    agreement: float

    @property
    def spread_um(self) -> float:
        """Root mean square distance of the place's neighbours from it."""
        return float(np.linalg.norm(self.sd_um))


def estimate_place(
    points_um: NDArray[np.float64],
    scores: NDArray[np.float64],
    grid_um: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> PlaceEstimate:
    """Find the place that neighbours agree on.

    A neighbour weighs exp((score − best score) / `TEMPERATURE`). The search begins at the medoid:
    the neighbour with the smallest weighted sum of distances to the others, each cut off at
    `REACH_UM`, so that neighbours elsewhere, such as on the other side of a symmetric brain, do
    not pull. From there the weighted mean of the neighbours within `REACH_UM` is taken until it
    stays (mean shift with a flat kernel).

    Parameters
    ----------
    points_um : ndarray, (k, 3)
    scores : ndarray, (k,)
        Cosine similarities.
    grid_um : tuple of three floats
        Distances of the gallery's points along the three axes: a place within a cell is not
        known, so the variance of an even distribution over it, grid² / 12, is added.

    Returns
    -------
    PlaceEstimate

    Raises
    ------
    BrainseekError
        If there is no neighbour, or one has no finite coordinates.
    """
    points, weights = np.asarray(points_um, np.float64), weights_of(scores)
    if not len(points) or not np.isfinite(points).all():
        raise BrainseekError(
            f"{len(points)} neighbours without finite coordinates give no place; search in a "
            "collection whose rows have a place in the atlas."
        )
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    centre = points[int((np.minimum(apart, REACH_UM) @ weights).argmin())]
    near = _near(points, centre)
    for _ in range(_ROUNDS):
        centre = np.average(points[near], axis=0, weights=weights[near])
        before, near = near, _near(points, centre)
        if not near.any() or (near == before).all():
            near = before
            break
    centre = np.average(points[near], axis=0, weights=weights[near])
    variance = np.average((points[near] - centre) ** 2, axis=0, weights=weights[near])
    variance = variance + np.square(grid_um) / 12
    return PlaceEstimate(centre, np.sqrt(variance), float(weights[near].sum() / weights.sum()))


def weights_of(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much each neighbour counts, (k,), 1 for the best."""
    found = np.asarray(scores, np.float64)
    return np.asarray(np.exp((found - found.max(initial=-np.inf)) / TEMPERATURE))


def mirror_doubt(
    point_um: NDArray[np.float64],
    points_um: NDArray[np.float64],
    scores: NDArray[np.float64],
    midline_um: float,
) -> float:
    """Return the share of weight of neighbours across the midline from a place, 0 to 1.

    Parameters
    ----------
    point_um, points_um : ndarray, (3,) and (k, 3)
        The last coordinate is ML.
    scores : ndarray, (k,)
    midline_um : float
        ML of the midline.
    """
    weights = weights_of(scores)
    across = (points_um[:, 2] - midline_um) * (point_um[2] - midline_um) < 0
    return float(weights[across].sum() / weights.sum())


def _near(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.linalg.norm(points - centre, axis=1) <= REACH_UM)
