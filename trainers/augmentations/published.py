"""The augmentation of the published plate identification (Siamese networks, arXiv:2109.06662)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.trainers.augmentations.distortions import Picture
from brainseek.trainers.augmentations.geometry import about_centre, fit_box, resampled, rotation


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
        linear = rotation(np.deg2rad(rng.uniform(-self.rotation_deg, self.rotation_deg)))
        linear = linear @ np.diag(rng.uniform(1 - self.scale, 1 + self.scale, 2))
        matrix = fit_box(box, size, stretch=True) @ about_centre(linear, box)
        matrix[:2, 2] += rng.uniform(-self.shift, self.shift, 2) * size
        out = resampled(picture, matrix, size)
        out[rng.random(out.shape) < rng.uniform(0, self.pepper)] = 0
        return out.astype(np.float32) / np.float32(255)
