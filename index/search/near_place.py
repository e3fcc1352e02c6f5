"""Rows near a place in atlas space."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.index.search.view import View

_AXES = ("ap_um", "dv_um", "ml_um")


@dataclass(frozen=True)
class Located:
    """A row near a place in atlas space.

    Attributes
    ----------
    distance_um : float
        Distance of its centre in µm.
    row : mapping
        Every column but the vector and the thumbnail.
    """

    distance_um: float
    row: Mapping[str, Any]


def rows_near(
    view: View,
    numbers: NDArray[np.int64],
    place_um: tuple[float, float, float],
    k: int,
    within_um: float | None = None,
) -> list[Located]:
    """Return the rows that lie nearest to a place, the nearest first.

    Parameters
    ----------
    view : View
    numbers : ndarray of int64
        The rows to choose from; those without a position are left out.
    place_um : (ap, dv, ml)
        In atlas space, in µm.
    k : int
        How many at most.
    within_um : float, optional
        Only rows at most this far away.
    """
    places = view.take(numbers, list(_AXES))
    away = np.zeros(len(numbers))
    for name, wanted in zip(_AXES, place_um, strict=True):
        away += (places[name].to_numpy() - wanted) ** 2
    away = np.sqrt(away)
    near = np.flatnonzero(away <= (np.inf if within_um is None else within_um))
    near = near[np.argsort(away[near], kind="stable")][: max(0, k)]
    rows = view.take(numbers[near]).to_pylist()
    return [Located(float(d), row) for d, row in zip(away[near], rows, strict=True)]


def middle_um(view: View) -> tuple[float, float, float] | None:
    """Return the middle (AP, DV, ML) of all rows that have a place, rounded to 1000 µm.

    None if no row has one.
    """
    import pyarrow.compute as pc

    places = view.take(view.numbers(), list(_AXES)).drop_null()
    if places.num_rows == 0:
        return None
    ap, dv, ml = (1000.0 * round(pc.mean(places[name]).as_py() / 1000) for name in _AXES)
    return ap, dv, ml
