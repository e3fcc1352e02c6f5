"""A first guess of the affine map: a search for the section's features among the target's.

Rotation and scale are tried on a grid; for each, the section's features are laid on every place of
the target's by a correlation. The best guess is then improved on a finer map. The section may show
a part of the target only, in another stain, and may be upside down.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.registration.alignment.feature_map import FeatureMap, map_of, moved, prepared
from brainseek.registration.alignment.picture import Picture, full_matrix

if TYPE_CHECKING:
    from torch import Tensor

    from brainseek.embedder.plate_encoder import PlateEncoder

Matrix = NDArray[np.float64]
Place = tuple[int, int]

_SIDE = 192
_COARSE, _FINE = 16, 8
_ANGLES_DEG = (-40.0, -20.0, 0.0, 20.0, 40.0)
_SCALES = tuple(1.1 / 1.2**step for step in range(6))
"""Shares of the scale at which section and target have equal tissue areas: a part has less."""
_KNOWN_SCALES = (0.88, 1.0, 1.13)
"""Shares of the ratio of the pixel sizes, where these are known."""
_SIZE_POWER = 0.75
"""The summed similarity is divided by the number of places to this power: a mean (1) likes small
parts that fit anywhere, a sum (0) large ones."""
_REACH = 2
_ROUNDS = 3
_LEAST_PLACES = 4


def find_initial_affine(
    section: Picture,
    target: Picture,
    encoder: PlateEncoder,
    pixel_ratio: float | None = None,
    upside_down: bool | None = None,
) -> Matrix:
    """Search rotation, scale and place of a section on its target.

    Parameters
    ----------
    section, target : Picture
    encoder : PlateEncoder
        Its features are compared.
    pixel_ratio : float, optional
        Target pixels per section pixel, where both pixel sizes are known.
    upside_down : bool, optional
        True or False when it is known whether the section is turned by 180°; by default both are
        tried.

    Returns
    -------
    ndarray, (2, 3)
        Affine map of section pixels to target pixels, both (row, column).
    """
    target = target.smaller(_SIDE)
    search = _Search(prepared(encoder, section), prepared(encoder, target), encoder)
    if pixel_ratio is None:
        area = math.sqrt(target.tissue.sum() / section.tissue.sum())
        scales = [area * share for share in _SCALES]
    else:
        low = pixel_ratio * section.scale[0] / target.scale[0]
        scales = [low * share for share in _KNOWN_SCALES]
    turns = {None: (0.0, 180.0), True: (180.0,), False: (0.0,)}[upside_down]
    tried = [
        search.laid(search.about_centre(turn + angle, scale), _COARSE, None)
        for scale, turn, angle in itertools.product(scales, turns, _ANGLES_DEG)
    ]
    _, best = max(tried, key=lambda found: found[0])
    return full_matrix(search.improved(best), section, target)


class _Search:
    """Features of one section and one target; maps are between their shrunken pictures."""

    def __init__(self, section: Picture, target: Picture, encoder: PlateEncoder) -> None:
        self.section, self.encoder = section, encoder
        self.maps = {stride: map_of(encoder, target, stride) for stride in (_COARSE, _FINE)}
        self.centre = np.argwhere(section.tissue).mean(0)

    def about_centre(self, angle_deg: float, scale: float) -> Matrix:
        """Turn and scale the section about the middle of its tissue, which goes to (0, 0)."""
        linear = scale * _turn(angle_deg)
        return np.column_stack([linear, -linear @ self.centre])

    def laid(self, matrix: Matrix, stride: int, reach: int | None) -> tuple[float, Matrix]:
        """Lay the section by a map on the target's features and shift it to where it fits best.

        Parameters
        ----------
        matrix : ndarray, (2, 3)
            Section to target.
        stride : int
            Stride of the maps.
        reach : int or None
            Places that it may be shifted; None: anywhere on the target.

        Returns
        -------
        score : float
            Summed cosine similarity over the number of places to the power 0.75.
        matrix : ndarray, (2, 3)
            The map after the shift.
        """
        rows, columns = self.section.gray.shape
        corners = np.array([(0, 0), (0, columns), (rows, 0), (rows, columns)], float)
        at = corners @ matrix[:, :2].T + matrix[:, 2]
        low = np.floor(at.min(0) / stride).astype(int)
        high = np.maximum(np.ceil(at.max(0) / stride).astype(int), low + 1)
        onto = matrix - np.array([[0, 0, low[0] * stride], [0, 0, low[1] * stride]])
        shape = int(high[0] - low[0]) * stride, int(high[1] - low[1]) * stride
        own = map_of(self.encoder, moved(self.section, onto, shape), stride)
        if own.tissue.sum() < _LEAST_PLACES:
            return -math.inf, matrix
        scores, first = _correlated(own, self.maps[stride], (int(low[0]), int(low[1])), reach)
        scores = scores / float(own.tissue.sum()) ** _SIZE_POWER
        peak = int(scores.argmax()) // scores.shape[1], int(scores.argmax()) % scores.shape[1]
        place = np.array(first) + peak + _between(scores, peak)
        shifted = matrix.copy()
        shifted[:, 2] += (place - low) * stride
        return float(scores[peak]), shifted

    def improved(self, matrix: Matrix) -> Matrix:
        """Improve turn, scale and place on the finer map with halving steps."""
        score, best = self.laid(matrix, _FINE, _REACH)
        angle, factor = 10.0, 1.08
        for _ in range(_ROUNDS):
            for turn, size in ((angle, 1.0), (-angle, 1.0), (0.0, factor), (0.0, 1 / factor)):
                linear = best[:, :2] @ (size * _turn(turn))
                there = best[:, :2] @ self.centre + best[:, 2]
                tried = np.column_stack([linear, there - linear @ self.centre])
                found, shifted = self.laid(tried, _FINE, _REACH)
                if found > score:
                    score, best = found, shifted
            angle, factor = angle / 2, math.sqrt(factor)
        return best


def _correlated(
    section: FeatureMap, target: FeatureMap, low: Place, reach: int | None
) -> tuple[NDArray[np.float32], Place]:
    """Summed similarity for each shift, and the place of the section's corner for the first one.

    ``low`` is the place of the section's corner on the target before any shift.
    """
    from torch.nn import functional

    rows, columns = section.tissue.shape
    high, wide = target.tissue.shape
    if reach is None:
        # half of the section may leave the target
        top, left, bottom, right = -(rows // 2), -(columns // 2), high - rows // 2, wide
        right -= columns // 2
    else:
        top, left, bottom, right = low[0] - reach, low[1] - reach, low[0] + reach, low[1] + reach
    padded: Tensor = functional.pad(
        target.vectors, (-left, right + columns - wide, -top, bottom + rows - high)
    )
    found = functional.conv2d(padded[None], section.vectors[None])[0, 0]
    return found.numpy(), (top, left)


def _between(scores: NDArray[np.float32], peak: Place) -> NDArray[np.float64]:
    """Top of the parabolas through a peak and its neighbours, (row, column) from the peak."""
    moves = []
    for axis in (0, 1):
        line = scores[:, peak[1]] if axis == 0 else scores[peak[0]]
        i = peak[axis]
        if not 0 < i < len(line) - 1:
            moves.append(0.0)
            continue
        before, here, after = (float(value) for value in line[i - 1 : i + 2])
        bend = before - 2 * here + after
        moves.append(0.0 if bend == 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)))
    return np.array(moves)


def _turn(angle_deg: float) -> Matrix:
    t = math.radians(angle_deg)
    return np.array([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]])
