"""A first guess of the affine map: tissue moments, then a search by mutual information."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from registration.masks import Picture, grown
from registration.quality import levels, low_matrix, normalised_mutual_information

Matrix = NDArray[np.float64]

_SIDE = 80
_ANGLES_DEG = (-40, -30, -20, -10, 0, 10, 20, 30, 40)
_SCALES = (0.85, 1.0, 1.18)
_SHIFTS = (-0.08, 0.0, 0.08)
_PARTIAL = 0.85
_PARTIAL_SCALES = (0.93, 1.0, 1.07)
_PARTIAL_SHIFTS = (-0.36, -0.24, -0.12, 0.0, 0.12, 0.24, 0.36)
_KEPT = 4
_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Start:
    """Where a registration starts.

    Attributes
    ----------
    matrix : ndarray, (2, 3)
        Affine map of section pixels to target pixels, both (row, column).
    """

    matrix: Matrix


@dataclass(frozen=True)
class _Guess:
    """Rotation, isotropic scale and shift (share of the target's size) on top of the moments."""

    angle_deg: float
    scale: float
    down: float
    right: float


def find_start(
    section: Picture,
    target: Picture,
    pixel_ratio: float | None = None,
    upside_down: bool | None = None,
) -> Start:
    """Search rotation, scale and shift around the match of centres and areas of the tissue.

    Parameters
    ----------
    section, target : Picture
    pixel_ratio : float, optional
        Target pixels per section pixel, where both pixel sizes are known: a partial section does
        not have the area of the whole.
    upside_down : bool, optional
        True or False when it is known whether the section is turned by 180°; by default both are
        tried.

    Returns
    -------
    Start
        The guess with the highest normalised mutual information near the section's tissue.
    """
    small, atlas = section.smaller(_SIDE), target.smaller(_SIDE)
    scorer = _Scorer(small, atlas)
    area = math.sqrt(_area(atlas) / _area(small))
    scales = [area * factor for factor in _SCALES]
    shifts: tuple[float, ...] = _SHIFTS
    if pixel_ratio is not None and (pixel_ratio / area) ** 2 < _PARTIAL:
        # The section is smaller than the whole: trust the pixel sizes and look further away.
        scales = [pixel_ratio * factor for factor in _PARTIAL_SCALES]
        shifts = _PARTIAL_SHIFTS
    turns = {None: (0, 180), True: (180,), False: (0,)}[upside_down]
    guesses = [
        _Guess(turn + angle, scale, down, right)
        for turn, angle, scale, down, right in itertools.product(
            turns, _ANGLES_DEG, scales, shifts, shifts
        )
    ]
    scores = np.array([scorer(guess) for guess in guesses])
    best = [guesses[i] for i in np.argsort(-scores, kind="stable")[:_KEPT]]
    refined = [_climb(guess, scorer) for guess in best]
    return Start(scorer.matrix(max(refined, key=scorer)))


class _Scorer:
    """Similarity of a guess at low resolution."""

    def __init__(self, section: Picture, target: Picture) -> None:
        self.section, self.target = section, target
        self.near = grown(section.tissue, 0.06)
        self.fixed = levels(section.gray)[self.near]
        self.moving = levels(target.gray)
        self.centre, self.goal = _centre(section), _centre(target)
        self.extent = math.sqrt(_area(target))

    def matrix(self, guess: _Guess) -> Matrix:
        """Full-pixel map of a guess."""
        angle = math.radians(guess.angle_deg)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        linear = guess.scale * turn
        goal = self.goal + self.extent * np.array([guess.down, guess.right])
        return np.column_stack([linear, goal - linear @ self.centre])

    def __call__(self, guess: _Guess) -> float:
        low = low_matrix(self.matrix(guess), self.section, self.target)
        rows, columns = self.section.gray.shape
        xy = low[::-1][:, [1, 0, 2]]
        moved = cv2.warpAffine(
            self.moving,
            xy,
            (columns, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        return normalised_mutual_information(self.fixed, np.asarray(moved, np.uint8)[self.near])


def _climb(guess: _Guess, scorer: _Scorer) -> _Guess:
    """Improve one number of a guess at a time with halving steps."""
    best, best_score = guess, scorer(guess)
    angle, factor, shift = 5.0, 1.08, 0.04
    for _ in range(_ROUNDS):
        for sign in (-1, 1):
            for tried in (
                _Guess(best.angle_deg + sign * angle, best.scale, best.down, best.right),
                _Guess(best.angle_deg, best.scale * factor**sign, best.down, best.right),
                _Guess(best.angle_deg, best.scale, best.down + sign * shift, best.right),
                _Guess(best.angle_deg, best.scale, best.down, best.right + sign * shift),
            ):
                score = scorer(tried)
                if score > best_score:
                    best, best_score = tried, score
        angle, factor, shift = angle / 2, math.sqrt(factor), shift / 2
    return best


def _centre(picture: Picture) -> NDArray[np.float64]:
    """Centre of the tissue in full pixels."""
    at = np.argwhere(picture.tissue).mean(axis=0)
    return np.asarray((at + 0.5) * np.array(picture.scale) - 0.5)


def _area(picture: Picture) -> float:
    """Tissue area in full pixels."""
    return float(picture.tissue.sum()) * picture.scale[0] * picture.scale[1]
