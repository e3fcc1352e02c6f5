"""Augmentation of vectors of layers and staining: what measuring them again would change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.cortex.measured_tissue import DEPTHS, LAYERS

_DEPTH = np.linspace(0.0, 1.0, DEPTHS)


@dataclass(frozen=True)
class ProfileAugmentation:
    """Borders, thickness and stain of `catalog.cortex.measured_tissue`, measured a little wrong.

    Attributes
    ----------
    layers, thickness : float
        Spread of the logarithms of the thickness of single layers and of the whole cortex.
    gain, offset : float
        Spread of the logarithm of the stain's factor, and of what is added to it (0..1).
    depth : float
        Spread of the shift of the pia and of the white matter, as a share of the cortex.
    noise : float
        Largest standard deviation of the stain (0..1) at single depths.
    dropout : float
        Chance that a layer takes the mean share of all, or a depth the mean stain of all.
    """

    layers: float = 0.1
    thickness: float = 0.05
    gain: float = 0.03
    offset: float = 0.005
    depth: float = 0.02
    noise: float = 0.004
    dropout: float = 0.1

    def __call__(
        self, picture: NDArray[np.float32], size: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return a random view (1, 57), float32, of a vector (1, 57).

        ``size``, the side of pictures, is not used: vectors keep their length.
        """
        (vector,) = picture
        share, total, stain = vector[:LAYERS], vector[LAYERS], vector[LAYERS + 1 :]
        share = share * np.exp(self.layers * rng.standard_normal(LAYERS))
        share /= share.sum()
        total = total * np.exp(self.thickness * rng.standard_normal())
        pia, white = self.depth * rng.standard_normal(2)
        stain = np.interp(_DEPTH * (1 + white - pia) + pia, _DEPTH, stain)
        gain, offset = rng.standard_normal(2)
        stain = stain * np.exp(self.gain * gain) + self.offset * offset
        stain += self.noise * rng.random() * rng.standard_normal(DEPTHS)
        lost = rng.random(LAYERS + DEPTHS) < self.dropout
        share[lost[:LAYERS]] = 1 / LAYERS
        stain[lost[LAYERS:]] = stain.mean()
        return np.concatenate([share, [total], stain]).astype(np.float32)[None]
