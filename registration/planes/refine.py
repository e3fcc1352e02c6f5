"""Improve a plane by comparing the section with cuts of the volume, at low resolution.

Mutual information is maximised over position, two angles and an in-plane similarity, by
Nelder-Mead (Nelder & Mead 1965) from the planes that the gallery suggests. Only the tissue of the
section and a rim around it count, so missing parts do not pull.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.preprocessing.section_gray import (
    dark_background,
    tissue_mask,
    to_gray_uint8,
)

Floats = NDArray[np.float64]

_BINS = 24
_RIM_UM = 400.0
_SMALLEST_PIECE = 0.05
_STEPS = np.array([250.0, 4.0, 4.0, 300.0, 300.0, 5.0, 0.06])
_SHIFTS_UM = np.arange(-2400.0, 2401.0, 600.0)
_EVERY = 3
_COARSE_ROUNDS, _FINE_ROUNDS = 120, 450


@dataclass(frozen=True)
class RefinedPlane:
    """A plane after refinement.

    Attributes
    ----------
    position_um, pitch_deg, yaw_deg : float
    similarity : float
        Normalised mutual information with the cut, 1 … 2.
    """

    position_um: float
    pitch_deg: float
    yaw_deg: float
    similarity: float


class _Comparison:
    """One section against one volume on the grid of the volume's pixels."""

    def __init__(self, section: Section, volume: Volume) -> None:
        self.volume = volume
        self.pixel_um = min(volume.voxel_size_um[1:])
        gray = dark_background(to_gray_uint8(section.image))
        mask = tissue_mask(gray, _SMALLEST_PIECE)
        size = section.pixel_size_um or self._size_from_width(mask)
        scale = size / self.pixel_um
        shape = (max(8, round(gray.shape[1] * scale)), max(8, round(gray.shape[0] * scale)))
        self.image = cv2.resize(gray, shape, interpolation=cv2.INTER_AREA)
        small = cv2.resize(mask.astype(np.uint8), shape, interpolation=cv2.INTER_AREA) > 0
        rim = 2 * round(_RIM_UM / self.pixel_um) + 1
        counted = cv2.dilate(small.astype(np.uint8), np.ones((rim, rim), np.uint8)) > 0
        rows, columns = np.nonzero(counted)
        self.offsets = np.stack([rows, columns]).astype(np.float64)
        tissue = np.stack(np.nonzero(small)).astype(np.float64)
        self.centroid = tissue.mean(1)
        self.offsets -= self.centroid[:, None]
        values = np.where(small, self.image, 0)[rows, columns].astype(np.float64)
        top = max(float(np.percentile(values, 99)), 1.0)
        self.bins = np.minimum((values / top * (_BINS - 1)).astype(np.int64), _BINS - 1)
        self.top = float(np.percentile(volume.data, 99.5))
        self.data = volume.data.astype(np.float32)

    def _size_from_width(self, mask: NDArray[np.bool_]) -> float:
        level = 0.12 * float(np.percentile(self.volume.data, 99.5))
        width = (self.volume.data > level).any((0, 1)).sum() * self.volume.voxel_size_um[2]
        return float(width / max(np.ptp(np.nonzero(mask)[1]), 1))

    def start(self, plane: Floats) -> Floats:
        """Parameters at the best of a grid of shifts around the centroid of the cut's tissue.

        A section that lacks a part has its centroid elsewhere than the cut.
        """
        cut = self.volume.cut(plane[0], (plane[1], plane[2]), pixel_size_um=self.pixel_um)
        mask = cut > 0.12 * self.top
        rows, columns = np.nonzero(mask) if mask.any() else np.nonzero(cut >= 0)
        middle = (np.array(cut.shape) - 1) / 2
        shift = (np.array([rows.mean(), columns.mean()]) - middle) * self.pixel_um
        tried = [
            np.concatenate([plane, shift + np.array([down, right]), [0.0, 0.0]])
            for down in _SHIFTS_UM
            for right in _SHIFTS_UM
        ]
        return max(tried, key=lambda x: self.similarity(x, _EVERY))

    def similarity(self, parameters: Floats, every: int = 1) -> float:
        """Normalised mutual information for (position, pitch, yaw, down, right, turn, log zoom).

        Only each ``every``-th pixel counts.
        """
        from scipy.ndimage import map_coordinates

        position, pitch, yaw, down_um, right_um, turn, zoom = parameters
        a, b, t = np.deg2rad([pitch, yaw, turn])
        offsets, bins = self.offsets[:, ::every], self.bins[::every]
        size = np.exp(zoom)
        rows = size * (np.cos(t) * offsets[0] - np.sin(t) * offsets[1]) * self.pixel_um
        columns = size * (np.sin(t) * offsets[0] + np.cos(t) * offsets[1]) * self.pixel_um
        rows, columns = rows + down_um, columns + right_um
        down = np.array([np.sin(a), np.cos(a), 0.0])
        right = np.array([np.sin(b) * np.cos(a), -np.sin(b) * np.sin(a), np.cos(b)])
        _, n_rows, n_columns = self.data.shape
        pivot = np.array(
            [
                (position - self.volume.origin_um[0]) / self.volume.step_um[0],
                (n_rows - 1) / 2,
                (n_columns - 1) / 2,
            ]
        )
        per_voxel = 1 / np.array(self.volume.voxel_size_um)
        points = pivot[:, None] + per_voxel[:, None] * (
            down[:, None] * rows[None] + right[:, None] * columns[None]
        )
        values = map_coordinates(self.data, points, order=1, mode="constant", prefilter=False)
        cut = np.clip((values / self.top * (_BINS - 1)).astype(np.int64), 0, _BINS - 1)
        joint = np.bincount(bins * _BINS + cut, minlength=_BINS**2).astype(np.float64)
        joint = joint.reshape(_BINS, _BINS) / joint.sum()
        together = _entropy(joint.ravel())
        return float((_entropy(joint.sum(0)) + _entropy(joint.sum(1))) / max(together, 1e-9))


def refine_planes(section: Section, volume: Volume, planes: Floats) -> list[RefinedPlane]:
    """Refine starting planes; the best first.

    Parameters
    ----------
    section : Section
        Without a pixel size it is taken to be as wide as the whole brain.
    volume : Volume
    planes : ndarray, (n, 3)
        Position (µm), pitch and yaw (degrees).
    """
    from scipy.optimize import minimize

    comparison = _Comparison(section, volume)

    def climb(start: Floats, scale: float, rounds: int) -> tuple[Floats, float]:
        simplex = np.vstack([start, start + scale * np.diag(_STEPS)])
        found = minimize(
            lambda x: -comparison.similarity(x),
            start,
            method="Nelder-Mead",
            options={"initial_simplex": simplex, "maxfev": rounds, "xatol": 0.05, "fatol": 1e-5},
        )
        return np.asarray(found.x), -float(found.fun)

    coarse = [climb(comparison.start(plane), 1.0, _COARSE_ROUNDS) for plane in planes]
    coarse.sort(key=lambda item: -item[1])
    fine = [climb(x, 0.5, _FINE_ROUNDS) for x, _ in coarse[:2]]
    fine.sort(key=lambda item: -item[1])
    best = [*fine, *coarse[2:]]
    return [RefinedPlane(float(x[0]), float(x[1]), float(x[2]), value) for x, value in best]


def _entropy(shares: Floats) -> float:
    full = shares[shares > 0]
    return float(-(full * np.log(full)).sum())
