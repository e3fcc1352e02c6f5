"""What happens to sections at the bench, imitated on the preprocessed picture.

To affine changes come partial tissue, hemisections, tears, stitching bands, uneven illumination,
contrast changes and inversion, blur and noise.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.trainers.augmentations import distortions
from brainseek.trainers.augmentations.distortions import Picture
from brainseek.trainers.augmentations.geometry import (
    Box,
    about_centre,
    content_box,
    field_of_view,
    fit_box,
    resampled,
    rotation,
    seen_box,
)


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
        box = self._window(content_box(picture), rng)
        linear = rotation(np.deg2rad(rng.normal(0, self.rotation_deg)))
        scales = np.exp(rng.normal(0, self.log_scale, 2))
        if rng.random() < self.flip:
            scales[0] = -scales[0]
        shear = np.array([[1.0, rng.normal(0, self.shear)], [0.0, 1.0]])
        # A tissue edge turns with the tissue; the edge of the field of view does not.
        cut_with_tissue = rng.random() < 0.5
        source = distortions.keep_box(picture, box) if cut_with_tissue else picture
        about = about_centre(linear @ shear @ np.diag(scales), box)
        view = seen_box(source, about, box)
        jitter = rng.normal(0, 0.02, 4) * max(view[1] - view[0], view[3] - view[2])
        view = (view[0] + jitter[0], view[1] + jitter[1], view[2] + jitter[2], view[3] + jitter[3])
        fit = fit_box(view, size)
        out = resampled(source, fit @ about, size, rng.normal(0, self.elastic * size, (2, 5, 5)))
        keep = field_of_view(view, fit, size)
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
