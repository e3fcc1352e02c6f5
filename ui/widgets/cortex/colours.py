"""Colours of a painted cortex: folds in gray, similarities through a perceptual colour map."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError

COLOUR_MAPS = ("viridis", "cividis", "magma")
"""Colour maps of even steps that also colour-blind people can order."""
STOPS = 24
"""Colours in the legend."""

GYRUS, SULCUS, WALL = 0.80, 0.62, 0.42
"""Gray of folds, and of vertices without cortex."""
_IN_FOLDS = 0.86
"""Painted sulci are darker by this."""


@dataclass(frozen=True)
class Scale:
    """What the colours mean.

    Attributes
    ----------
    name : str
        One of `COLOUR_MAPS`.
    low, high : float
        Values of the first and the last colour.
    """

    name: str
    low: float
    high: float

    def colours(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return red, green and blue from 0 to 1, (n, 3), of values (n,); ends are kept."""
        share = (values - self.low) / max(self.high - self.low, 1e-9)
        return colour_table(self.name)[np.clip(share * 255, 0, 255).astype(np.int64)]

    def legend(self) -> list[str]:
        """Return the colours from low to high as ``#rrggbb``."""
        table = colour_table(self.name)[np.linspace(0, 255, STOPS).astype(np.int64)]
        return ["#" + "".join(f"{round(255 * float(c)):02x}" for c in row) for row in table]


@cache
def colour_table(name: str) -> NDArray[np.float32]:
    """Return the 256 colours of a map, (256, 3), from 0 to 1.

    Raises
    ------
    BrainseekError
        When the map is not one of `COLOUR_MAPS`.
    """
    if name not in COLOUR_MAPS:
        raise BrainseekError(
            f"colour map {name!r} is not known; choose one of {', '.join(COLOUR_MAPS)}."
        )
    steps = np.arange(256, dtype=np.uint8)[:, None]
    table = cv2.applyColorMap(steps, getattr(cv2, f"COLORMAP_{name.upper()}"))
    return np.asarray(table[:, 0, ::-1] / 255, np.float32)


def scale_of(values: NDArray[np.float32], percent: tuple[float, float], name: str) -> Scale:
    """Return the scale between two percentiles of the values that are not NaN.

    Raises
    ------
    BrainseekError
        When there is no value.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        raise BrainseekError("no vertex has a value to paint; choose a place with a vector.")
    low, high = np.percentile(known, percent)
    return Scale(name, float(low), float(high))


def fold_colours(sulcus: NDArray[np.bool_], cortex: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return gray colours (n, 3): gyri light, sulci darker, no cortex darkest."""
    gray = np.where(cortex, np.where(sulcus, SULCUS, GYRUS), WALL)
    return np.repeat(gray.astype(np.float32)[:, None], 3, axis=1)


def painted(
    folds: NDArray[np.float32],
    sulcus: NDArray[np.bool_],
    values: NDArray[np.float32],
    scale: Scale,
) -> NDArray[np.float32]:
    """Return colours (n, 3) of values, and the folds where they are NaN or below the scale."""
    here = np.isfinite(values) & (values >= scale.low)
    colours = folds.copy()
    colours[here] = scale.colours(values[here]) * np.where(sulcus[here], _IN_FOLDS, 1.0)[:, None]
    return colours
