"""Augmentations: what happens to sections at the bench, imitated on the preprocessed picture.

``Published`` is the set of the published plate identification (affine, crop-and-pad, pepper;
Siamese brain-section work, arXiv:2109.06662). ``Strong`` adds partial tissue, hemisections, tears,
stitching bands, uneven illumination, contrast changes and inversion, blur and noise.

Both take a square uint8 picture as :meth:`embedder.preprocessing.section_gray.Preprocessing.square`
makes it (dark background) and return network input of the wanted size, float32 in 0..1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.trainers.plates import distortions

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]


class Augmentation(Protocol):
    """Anything that turns a base picture into one random network input."""

    def __call__(
        self, picture: Picture, size: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return a random ``(size, size)`` view of ``picture``."""


@dataclass(frozen=True)
class Published:
    """Affine (±20 % scale, ±20 % shift, ±20° turn), crop-and-pad (±20 %), 0–10 % pepper."""

    scale: float = 0.2
    shift: float = 0.2
    rotation_deg: float = 20.0
    crop_and_pad: float = 0.2
    pepper: float = 0.1

    def __call__(
        self, picture: Picture, size: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        side = picture.shape[0]
        pad = rng.uniform(-self.crop_and_pad, self.crop_and_pad, 4)
        box = (-pad[0] * side, (1 + pad[1]) * side, -pad[2] * side, (1 + pad[3]) * side)
        linear = _rotation(np.deg2rad(rng.uniform(-self.rotation_deg, self.rotation_deg)))
        linear = linear @ np.diag(rng.uniform(1 - self.scale, 1 + self.scale, 2))
        matrix = _fit(box, size, stretch=True) @ _about_centre(linear, box)
        matrix[:2, 2] += rng.uniform(-self.shift, self.shift, 2) * size
        out = _warp(picture, matrix, size)
        out[rng.random(out.shape) < rng.uniform(0, self.pepper)] = 0
        return out.astype(np.float32) / np.float32(255)


@dataclass(frozen=True)
class Strong:
    """Partial, torn, stitched, unevenly lit, otherwise stained tissue.

    Attributes
    ----------
    whole, hemisection : float
        Probability of keeping the whole section, or of keeping one half only; otherwise a random
        window is cut.
    window : tuple of float
        Least and largest share of the tissue's width and height that a window keeps.
    rotation_deg, log_scale, shear, elastic : float
        Spread of the turn in degrees, of the logarithm of the two scales, of the shear, and of the
        smooth displacement as a fraction of the side.
    flip, missing, tear, bands, illumination, invert, blur, noise : float
        Probabilities of the named distortion.
    """

    whole: float = 0.25
    hemisection: float = 0.08
    window: tuple[float, float] = (0.35, 1.0)
    rotation_deg: float = 7.0
    log_scale: float = 0.08
    shear: float = 0.05
    elastic: float = 0.015
    flip: float = 0.5
    missing: float = 0.25
    tear: float = 0.15
    bands: float = 0.35
    illumination: float = 0.5
    equalise: float = 0.4
    invert: float = 0.08
    blur: float = 0.4
    noise: float = 0.5

    def __call__(
        self, picture: Picture, size: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        box = self._window(_content_box(picture), rng)
        linear = _rotation(np.deg2rad(rng.normal(0, self.rotation_deg)))
        scales = np.exp(rng.normal(0, self.log_scale, 2))
        if rng.random() < self.flip:
            scales[0] = -scales[0]
        shear = np.array([[1.0, rng.normal(0, self.shear)], [0.0, 1.0]])
        # A tissue edge turns with the tissue; the edge of the field of view does not.
        cut_with_tissue = rng.random() < 0.5
        source = distortions.keep_box(picture, box) if cut_with_tissue else picture
        about = _about_centre(linear @ shear @ np.diag(scales), box)
        view = _seen_box(source, about, box)
        jitter = rng.normal(0, 0.02, 4) * max(view[1] - view[0], view[3] - view[2])
        view = (view[0] + jitter[0], view[1] + jitter[1], view[2] + jitter[2], view[3] + jitter[3])
        fit = _fit(view, size)
        out = _warp(source, fit @ about, size, rng.normal(0, self.elastic * size, (2, 5, 5)))
        keep = _field_of_view(view, fit, size)
        out[~keep] = 0
        return self._imaging(self._damage(out, rng), rng)

    def _window(self, box: Box, rng: np.random.Generator) -> Box:
        draw = rng.random()
        x0, x1, y0, y1 = box
        width, height = x1 - x0, y1 - y0
        if draw < self.whole:
            return box
        if draw < self.whole + self.hemisection:
            middle = (x0 + x1) / 2 + rng.normal(0, 0.03) * width
            return (x0, middle, y0, y1) if rng.random() < 0.5 else (middle, x1, y0, y1)
        share = rng.uniform(*self.window, 2)
        # Fragments are mostly cut around the midline: the horizontal start is drawn near it.
        start_x = x0 + np.clip(rng.normal(0.5, 0.2), 0, 1) * (1 - share[0]) * width
        start_y = y0 + rng.random() * (1 - share[1]) * height
        return (start_x, start_x + share[0] * width, start_y, start_y + share[1] * height)

    def _damage(self, out: Picture, rng: np.random.Generator) -> Picture:
        if rng.random() < self.missing:
            out = distortions.missing_tissue(out, rng)
        if rng.random() < self.tear:
            out = distortions.tear(out, rng)
        return out

    def _imaging(self, out: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
        if rng.random() < self.blur:
            out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.8)))
        tissue = out > 0
        if rng.random() < self.invert:
            out = np.where(tissue, 255 - out, 0).astype(np.uint8)
        values = (out.astype(np.float32) / 255.0) ** np.float32(np.exp(rng.normal(0, 0.3)))
        if rng.random() < self.illumination:
            values *= distortions.illumination(values.shape[0], rng)
        if rng.random() < self.bands:
            values *= distortions.stitching_bands(values.shape[0], rng)
        if rng.random() < self.noise:
            level = rng.uniform(0.02, 0.15)
            grain = rng.standard_normal(values.shape, dtype=np.float32) * np.float32(level)
            values += grain * np.sqrt(np.maximum(values, 0.0))
            values[rng.random(values.shape) < rng.uniform(0, 0.03)] = 0
        values = values * np.float32(np.exp(rng.normal(0, 0.15)))
        if rng.random() < self.equalise:
            eight = np.clip(values * 255, 0, 255).astype(np.uint8)
            eight = cv2.createCLAHE(rng.uniform(1.0, 3.0), (8, 8)).apply(eight)
            values = eight.astype(np.float32) / np.float32(255)
        return np.clip(values, 0, 1).astype(np.float32)


def build_augmentation(settings: Mapping[str, Any]) -> Augmentation:
    """Build the augmentation a recipe names: ``{kind: strong, blur: 0.2, …}``.

    Raises
    ------
    BrainseekError
        If the kind or a setting is unknown.
    """
    kinds: dict[str, type[Published] | type[Strong]] = {"published": Published, "strong": Strong}
    values = dict(settings)
    kind = values.pop("kind", None)
    if kind not in kinds:
        raise BrainseekError(f"Unknown augmentation '{kind}': choose from {', '.join(kinds)}.")
    try:
        return kinds[kind](**values)
    except TypeError as error:
        raise BrainseekError(f"The augmentation '{kind}' does not take it: {error}.") from error


def _content_box(picture: Picture) -> Box:
    """``(x0, x1, y0, y1)`` of the pixels above zero."""
    columns, rows = np.flatnonzero(picture.any(0)), np.flatnonzero(picture.any(1))
    if not columns.size:
        return (0.0, float(picture.shape[1]), 0.0, float(picture.shape[0]))
    return (float(columns[0]), columns[-1] + 1.0, float(rows[0]), rows[-1] + 1.0)


def _rotation(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _about_centre(linear: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """3×3 matrix of a linear map about the middle of ``box``, acting on (x, y, 1)."""
    centre = np.array([(box[0] + box[1]) / 2, (box[2] + box[3]) / 2])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = centre - linear @ centre
    return matrix


def _fit(box: Box, size: int, *, stretch: bool = False) -> NDArray[np.float64]:
    """3×3 matrix that brings ``box`` to the middle of a ``size`` square."""
    width, height = max(box[1] - box[0], 1.0), max(box[3] - box[2], 1.0)
    longest = max(width, height)
    scale_x, scale_y = (width, height) if stretch else (longest, longest)
    matrix = np.diag([size / scale_x, size / scale_y, 1.0])
    matrix[0, 2] = size / 2 - size / scale_x * (box[0] + box[1]) / 2
    matrix[1, 2] = size / 2 - size / scale_y * (box[2] + box[3]) / 2
    return matrix


def _seen_box(picture: Picture, matrix: NDArray[np.float64], box: Box) -> Box:
    """Bounding box, after ``matrix``, of the picture's content inside ``box``."""
    step = max(picture.shape[0] // 64, 1)
    rows, columns = np.nonzero(picture[::step, ::step])
    x, y = columns * float(step), rows * float(step)
    inside = (x >= box[0]) & (x <= box[1]) & (y >= box[2]) & (y <= box[3])
    if inside.sum() < 16:
        return box
    points = matrix[:2, :2] @ np.stack([x[inside], y[inside]]) + matrix[:2, 2:]
    low, high = points.min(1), points.max(1) + step
    return (float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def _field_of_view(view: Box, fit: NDArray[np.float64], size: int) -> NDArray[np.bool_]:
    """Pixels of the output that lie inside the imaged window."""
    edges = np.arange(size) + 0.5
    x0, x1 = (fit[0, 0] * view[i] + fit[0, 2] for i in (0, 1))
    y0, y1 = (fit[1, 1] * view[i] + fit[1, 2] for i in (2, 3))
    columns = (edges >= x0) & (edges <= x1)
    rows = (edges >= y0) & (edges <= y1)
    return np.asarray(rows[:, None] & columns[None, :])


def _warp(
    picture: Picture,
    matrix: NDArray[np.float64],
    size: int,
    displacement: NDArray[np.float64] | None = None,
) -> Picture:
    """Resample ``picture`` by ``matrix`` (source → output) without aliasing.

    ``displacement`` is a coarse ``(2, n, n)`` field of x and y shifts in output pixels.
    """
    shrinking = 1.0 / np.sqrt(max(abs(np.linalg.det(matrix[:2, :2])), 1e-6))
    while shrinking > 1.5 and min(picture.shape) > 32:
        picture = np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=3))
        matrix = matrix @ np.diag([2.0, 2.0, 1.0])
        shrinking /= 2
    inverse = np.linalg.inv(matrix)
    if displacement is None:
        return np.asarray(
            cv2.warpAffine(picture, inverse[:2], (size, size), flags=cv2.WARP_INVERSE_MAP | 1)
        )
    axis = np.arange(size, dtype=np.float32)
    field = [cv2.resize(d.astype(np.float32), (size, size), interpolation=2) for d in displacement]
    x, y = axis[None, :] + field[0], axis[:, None] + field[1]
    inverse = inverse.astype(np.float32)
    map_x = inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]
    map_y = inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]
    return np.asarray(cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR))
