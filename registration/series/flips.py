"""Which sections of a series lie the other way round (left and right exchanged)?

No brain is symmetric as it lies on glass: tears, the tilt of the cut and the size of the halves
repeat from one section to the next. Each section is compared with its next neighbours as they are
and mirrored, over shifts and small turns; the most likely set of flips is then found exactly
(Viterbi over the flips of the last few sections).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pictures = NDArray[np.float32]

SIDE = 64
_TURNS_DEG = tuple(range(-20, 21, 5))
_SHIFT = 12


@dataclass(frozen=True)
class FlipSettings:
    """How neighbours vote.

    Attributes
    ----------
    neighbours : int
        With how many following sections each is compared.
    weight : float
        Nats for a correlation of 1 between the asymmetries of two sections.
    rare : float
        Nats that a flipped section costs.
    """

    neighbours: int = 6
    weight: float = 16.0
    rare: float = 3.0


@dataclass(frozen=True, eq=False)
class Flips:
    """Which sections lie the other way round.

    Attributes
    ----------
    flipped : ndarray of bool, (n,)
        Mirrored relative to most of the series; at most half are True.
    told : bool
        Whether a flipped section would be noticed: False where the asymmetry of a section
        hardly reaches its neighbours, because they lie far apart or are symmetric.
    """

    flipped: NDArray[np.bool_]
    told: bool


def find_flips(pictures: Pictures, settings: FlipSettings | None = None) -> Flips:
    """Find the sections that are mirrored relative to most of the series.

    Parameters
    ----------
    pictures : ndarray, (n, side, side), float32
        Sections in the order of the brain, tissue centred on a background of 0, all on one
        scale; see :func:`brainseek.registration.series.pictures.series_pictures`.
    settings : FlipSettings, optional
    """
    settings = settings or FlipSettings()
    if len(pictures) < 2:
        return Flips(np.zeros(len(pictures), bool), False)
    agreement = asymmetry_agreement(pictures, settings.neighbours)
    usual = _usual(agreement)
    flipped = _most_likely(agreement * usual**2, settings)
    # What a section among neighbours of usual agreement gains by being called flipped: the votes
    # of both sides change their sign.
    gain = 4 * settings.weight * float((usual**3).sum())
    return Flips(flipped if flipped.mean() <= 0.5 else ~flipped, gain > settings.rare)


def asymmetry_agreement(pictures: Pictures, neighbours: int) -> Floats:
    """Correlate the asymmetry of each section with that of those that follow.

    Returns
    -------
    ndarray, (n, neighbours)
        Near +1 where section i and section i + 1 + k lie the same way round, near -1 where they
        don't; 0 behind the end.
    """
    from scipy import fft

    n = len(pictures)
    plain = [fft.rfft2(_unit(p)) for p in pictures]
    asymmetry = np.empty(n)
    found = np.zeros((n, neighbours))
    for i in range(n - 1, -1, -1):
        mirrored = fft.rfft2(_rotated(pictures[i][:, ::-1]))
        as_is = fft.rfft2(_rotated(pictures[i]))
        asymmetry[i] = max(1 - _best(plain[i], mirrored), 1e-3)
        for k in range(min(neighbours, n - 1 - i)):
            j = i + 1 + k
            difference = _best(plain[j], as_is) - _best(plain[j], mirrored)
            found[i, k] = difference / np.sqrt(asymmetry[i] * asymmetry[j])
    return np.clip(found, -1, 1)


def _usual(agreement: Floats) -> Floats:
    """Return the usual agreement with the neighbour so many places away, 0 to 1, (neighbours,).

    Most sections lie the same way round, so it says how far asymmetry reaches; its square, as
    what a vote is worth, lets distant neighbours fall silent.
    """
    n, reach = agreement.shape
    usual = [np.median(agreement[: max(n - 1 - k, 1), k]) for k in range(reach)]
    return np.clip(usual, 0.0, 1.0)


def _unit(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = picture - picture.mean()
    return centred / max(float(np.linalg.norm(centred)), 1e-6)


def _rotated(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """The picture turned by each of the small angles, (angles, side, side), unit norm."""
    middle = ((picture.shape[1] - 1) / 2, (picture.shape[0] - 1) / 2)
    size = (picture.shape[1], picture.shape[0])
    source = np.ascontiguousarray(picture, np.float32)
    return np.stack(
        [
            _unit(
                np.asarray(
                    cv2.warpAffine(source, cv2.getRotationMatrix2D(middle, angle, 1.0), size),
                    np.float32,
                )
            )
            for angle in _TURNS_DEG
        ]
    )


def _best(one: NDArray[np.complex64], rotated: NDArray[np.complex64]) -> float:
    """Best correlation over turns and shifts."""
    from scipy import fft

    surface = fft.irfft2(one[None] * np.conj(rotated))
    rows = np.r_[0 : _SHIFT + 1, -_SHIFT:0]
    return float(surface[:, rows][:, :, rows].max())


def _most_likely(agreement: Floats, settings: FlipSettings) -> NDArray[np.bool_]:
    """Viterbi; a state holds the flips of the last ``w`` sections, the newest in bit 0."""
    n, w = agreement.shape
    states = np.arange(2**w)
    spins = 1.0 - 2.0 * ((states[:, None] >> np.arange(w)) & 1)  # (states, w), newest first
    score = np.where(states < 2, -settings.rare * states, -np.inf)
    came_from = np.zeros((n, 2**w), np.int64)
    for row in range(1, n):
        reach = min(w, row)
        votes = np.array([agreement[row - 1 - k, k] for k in range(reach)])
        pull = settings.weight * (spins[:, :reach] @ votes)
        fresh = np.full(2**w, -np.inf)
        for bit, sign, price in ((0, 1.0, 0.0), (1, -1.0, settings.rare)):
            value = score + sign * pull - price
            older = value.reshape(2, -1)  # the oldest flip is forgotten now
            kept = older.argmax(0)
            rest = np.arange(older.shape[1])
            fresh[2 * rest + bit] = older[kept, rest]
            came_from[row, 2 * rest + bit] = kept * older.shape[1] + rest
        score = fresh
    path = [int(score.argmax())]
    for row in range(n - 1, 0, -1):
        path.append(int(came_from[row, path[-1]]))
    return np.array([state & 1 for state in reversed(path)], bool)
