"""The ground that a section lies on: padding cut off, uneven light levelled, bright made black."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.embedder.preprocessing.section_gray import dark_background, to_gray_uint8

Gray = NDArray[np.uint8]

_BRIGHT = 140
_INK = 4.0
_WHITE = 250
_BLEND = 2
_FITS = 8


@dataclass(frozen=True, eq=False)
class OnDark:
    """A picture with its ground made black, for embedding and comparing only.

    Attributes
    ----------
    gray : ndarray of uint8, (rows, columns)
        It may be smaller than the original: padding is cut off.
    darkened : ndarray of uint8, (rows, columns), or None
        The same if the ground is known to be bright; None where that makes no difference.
    bright_ground : bool
        Whether the picture on its own shows a bright ground.
    """

    gray: Gray
    darkened: Gray | None
    bright_ground: bool


def on_dark_background(image: NDArray[np.generic]) -> OnDark:
    """Cut padding off an image and make its ground black.

    Parameters
    ----------
    image : ndarray, (rows, columns) or (rows, columns, 3)
    """
    gray = level_background(without_padding(to_gray_uint8(image)))
    found = dark_background(gray)
    bright = found is not gray
    darkened = None if bright or _ground(gray) <= _BRIGHT else _darkened(gray)
    return OnDark(found, darkened, bright)


def without_padding(gray: Gray) -> Gray:
    """Cut off rows and columns at the border that are wholly white, as scanners add them."""
    white = gray >= _WHITE
    rows = np.flatnonzero(~white.all(1))
    columns = np.flatnonzero(~white.all(0))
    if min(rows.size, columns.size) <= 2 * _BLEND:
        return gray
    # Where padding was cut, the next rows may be half padding.
    first, last = _inner(rows, gray.shape[0])
    left, right = _inner(columns, gray.shape[1])
    return np.ascontiguousarray(gray[first:last, left:right])


def level_background(gray: Gray) -> Gray:
    """Take the slope out of a bright ground that is lit unevenly; dark borders are left alone."""
    rows, columns = gray.shape
    edge = np.ones(gray.shape, bool)
    edge[1:-1, 1:-1] = False
    down, right = np.nonzero(edge)
    values = gray[edge].astype(np.float64)
    if float(np.median(values)) <= _BRIGHT:
        return gray
    design = np.column_stack([np.ones(len(values)), down / rows - 0.5, right / columns - 0.5])
    weights = np.ones(len(values))
    for _ in range(_FITS):  # least absolute distance, so that tissue at the border pulls little
        root = np.sqrt(weights)
        plane = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
        weights = 1 / np.maximum(np.abs(values - design @ plane), 1.0)
    slope = plane[1] * (np.arange(rows)[:, None] / rows - 0.5) + plane[2] * (
        np.arange(columns)[None] / columns - 0.5
    )
    return np.clip(np.rint(gray - slope), 0, 255).astype(np.uint8)


def _inner(kept: NDArray[np.int64], size: int) -> tuple[int, int]:
    first, last = int(kept[0]), int(kept[-1]) + 1
    return first + _BLEND * (first > 0), last - _BLEND * (last < size)


def _ground(gray: Gray) -> float:
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    return float(np.median(border))


def _darkened(gray: Gray) -> Gray:
    level = _ground(gray) - _INK
    darkest = float(np.percentile(gray, 0.5))
    stretched = (level - gray.astype(np.float32)) * (255.0 / max(level - darkest, 1.0))
    return np.clip(stretched, 0, 255).astype(np.uint8)
