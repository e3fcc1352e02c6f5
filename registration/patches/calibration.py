"""How large the error of a patch's place is likely to be, given how far its neighbours agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError

KEY = "anchor"
"""Where an encoder's card keeps its calibration, under ``measured``."""
UNLIKE_PERCENT = 1.0
"""Share of known patches whose best score is called unusually low."""


@dataclass(frozen=True)
class PatchCalibration:
    """Median error by agreement, linear between the nodes and constant beyond them.

    Attributes
    ----------
    agreement, error_um : tuple of float
        Agreements, rising, and the median errors there, not rising.
    unlike_below : float
        A best score below this is one that `UNLIKE_PERCENT` of known patches have.
    """

    agreement: tuple[float, ...]
    error_um: tuple[float, ...]
    unlike_below: float

    def likely_um(self, agreement: float) -> float:
        """Return the median error to expect at an agreement."""
        return float(np.interp(agreement, self.agreement, self.error_um))

    def to_dict(self) -> dict[str, Any]:
        """Return what belongs under `KEY` in ``measured`` of a card."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def fit_patch_calibration(
    agreement: NDArray[np.float64],
    error_um: NDArray[np.float64],
    best_score: NDArray[np.float64],
    bins: int = 8,
) -> PatchCalibration:
    """Fit a calibration to the places of patches with a known place that no training saw.

    Parameters
    ----------
    agreement, error_um, best_score : ndarray, (n,)
        `registration.patches.estimate.PlaceEstimate.agreement`, distance from the truth, and cosine
        similarity of the nearest neighbour.
    bins : int
        Groups of about equally many patches, by agreement; each gives one node (their median
        agreement and median error, at most that of the group before).

    Raises
    ------
    BrainseekError
        If there are fewer patches than bins.
    """
    if bins < 1 or len(agreement) < bins or len(agreement) != len(error_um):
        raise BrainseekError(
            f"{len(agreement)} agreements and {len(error_um)} errors can't be put into {bins} "
            "groups; give as many of both, at least one a group."
        )
    groups = np.array_split(np.argsort(agreement, kind="stable"), bins)
    nodes = [float(np.median(agreement[group])) for group in groups]
    errors = np.minimum.accumulate([float(np.median(error_um[group])) for group in groups])
    low = float(np.percentile(best_score, UNLIKE_PERCENT))
    return PatchCalibration(tuple(nodes), tuple(errors.tolist()), low)


def calibration_of(measured: Mapping[str, Any]) -> PatchCalibration | None:
    """Return the calibration that a card holds under ``measured``, None where it has none.

    Raises
    ------
    BrainseekError
        It is damaged.
    """
    stored = measured.get(KEY)
    if stored is None:
        return None
    try:
        nodes, errors = (tuple(map(float, stored[name])) for name in ("agreement", "error_um"))
        low = float(stored["unlike_below"])
    except (KeyError, TypeError, ValueError) as error:
        raise BrainseekError(
            f"the calibration of patch places in the encoder's card is damaged ({error}); restore "
            "the card."
        ) from error
    if not nodes or len(nodes) != len(errors) or sorted(nodes) != list(nodes):
        raise BrainseekError(
            f"the calibration of patch places in the encoder's card has the agreements {nodes} "
            f"and the errors {errors}, which do not go together; restore the card."
        )
    return PatchCalibration(nodes, errors, low)


def _plain(value: float | tuple[float, ...]) -> float | list[float]:
    return list(value) if isinstance(value, tuple) else value
