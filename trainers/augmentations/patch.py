"""Augmentation of patches that have an upright position, as cortex from pia to white matter."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.trainers.augmentations.distortions import Picture


@dataclass(frozen=True)
class PatchAugmentation:
    """Small changes that keep a patch upright: mirror, turn, scale, shift, gray, blur, noise.

    Attributes
    ----------
    mirror, blur : float
        Probabilities of swapping left and right, and of a slight blur.
    rotation_deg, log_scale, shift : float
        Spread of the turn in degrees, of the logarithm of the scale, and of the shift as a
        fraction of the side.
    gamma, gain : float
        Spread of the logarithms of the exponent and of the factor of the gray values.
    noise : float
        Largest standard deviation of the gray (0..1) of single pixels.
    """

    mirror: float = 0.5
    rotation_deg: float = 4.0
    log_scale: float = 0.05
    shift: float = 0.02
    gamma: float = 0.15
    gain: float = 0.1
    blur: float = 0.3
    noise: float = 0.03

    def __call__(
        self, picture: Picture, size: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return a random (size, size) view, float32 in 0..1, of a square picture.

        Pictures with channels, (side, side, channels), change alike in all of them.
        """
        side = picture.shape[0]
        zoom = size / side * np.exp(rng.normal(0, self.log_scale))
        angle = np.deg2rad(rng.normal(0, self.rotation_deg))
        cosine, sine = zoom * np.cos(angle), zoom * np.sin(angle)
        flip = -1.0 if rng.random() < self.mirror else 1.0
        matrix = np.array([[flip * cosine, -sine, 0.0], [flip * sine, cosine, 0.0]])
        centre = np.full(2, (side - 1) / 2)
        target = (size - 1) / 2 + rng.normal(0, self.shift, 2) * size
        matrix[:, 2] = target - matrix[:, :2] @ centre
        if side > size:  # a plain resampling would skip pixels
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.35 * side / size))
        view = cv2.warpAffine(picture, matrix, (size, size), borderMode=cv2.BORDER_REFLECT_101)
        if rng.random() < self.blur:
            view = cv2.GaussianBlur(view, (0, 0), rng.uniform(0.3, 1.2))
        values = (view.astype(np.float32) / 255.0) ** np.float32(np.exp(rng.normal(0, self.gamma)))
        values *= np.float32(np.exp(rng.normal(0, self.gain)))
        level = np.float32(rng.uniform(0, self.noise))
        values += level * rng.standard_normal(values.shape, dtype=np.float32)
        return np.clip(values, 0.0, 1.0)
