"""How large the error of an anchor is likely to be, given how far its neighbours are spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.errors import BrainseekError

KEY = "anchor"
"""Where an encoder's card keeps its calibration, under ``measured``."""


@dataclass(frozen=True)
class AnchorCalibration:
    """Median error by spread, linear between the nodes and constant beyond them.

    Attributes
    ----------
    spread_um, error_um : tuple of float
        Spreads, rising, and the median errors there, not falling.
    """

    spread_um: tuple[float, ...]
    error_um: tuple[float, ...]

    def likely_um(self, spread_um: float) -> float:
        """Return the median error to expect at a spread."""
        return float(np.interp(spread_um, self.spread_um, self.error_um))

    def to_dict(self) -> dict[str, Any]:
        """Return what belongs under `KEY` in ``measured`` of a card."""
        return {"spread_um": list(self.spread_um), "error_um": list(self.error_um)}


def calibrate_anchors(
    spread_um: NDArray[np.float64], error_um: NDArray[np.float64], bins: int = 8
) -> AnchorCalibration:
    """Fit a calibration to anchors of patches with a known place that no training saw.

    Parameters
    ----------
    spread_um, error_um : ndarray, (n,)
        `registration.anchor_estimate.Estimate.spread_um` and distance from the truth.
    bins : int
        Groups of about equally many patches, by spread; each gives one node (their median spread
        and median error, at least that of the group before).

    Raises
    ------
    BrainseekError
        If there are fewer patches than bins.
    """
    if bins < 1 or len(spread_um) < bins or len(spread_um) != len(error_um):
        raise BrainseekError(
            f"{len(spread_um)} spreads and {len(error_um)} errors can't be put into {bins} groups; "
            "give as many of both, at least one a group."
        )
    groups = np.array_split(np.argsort(spread_um, kind="stable"), bins)
    spreads = [float(np.median(spread_um[group])) for group in groups]
    errors = np.maximum.accumulate([float(np.median(error_um[group])) for group in groups])
    return AnchorCalibration(tuple(spreads), tuple(errors.tolist()))


def calibration_of(measured: Mapping[str, Any]) -> AnchorCalibration | None:
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
        spreads, errors = (tuple(map(float, stored[name])) for name in ("spread_um", "error_um"))
    except (KeyError, TypeError, ValueError) as error:
        raise BrainseekError(
            f"the anchor calibration of the encoder's card is damaged ({error}); restore the card."
        ) from error
    if not spreads or len(spreads) != len(errors) or sorted(spreads) != list(spreads):
        raise BrainseekError(
            f"the anchor calibration of the encoder's card has the spreads {spreads} and the "
            f"errors {errors}, which do not go together; restore the card."
        )
    return AnchorCalibration(spreads, errors)
