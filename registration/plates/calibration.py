"""From similarities to probabilities: what the scores of an encoder are worth.

The numbers are fitted on validation sections (``python -m
brainseek.registration.plates.calibrate``) and lie beside the weights as ``NAME.calibration.json``.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """How similarities become confidences.

    Attributes
    ----------
    encoder : str
        Identity of the encoder it was fitted for.
    temperature : float
        The confidence of a plate is the softmax of score / temperature over all plates.
    smoothing_plates : float
        Standard deviation, in plates, of the Gaussian along the series of plates that smooths
        the similarities into scores; 0 leaves them as they are.
    none_weight, none_centre : float
        ``none_of_these`` = 1 / (1 + exp(none_weight · (best similarity − none_centre))).
    turn_below : float
        Sections whose best similarity is lower are tried upside down too.
    fitted_on : str
        Which sections, how many.
    """

    encoder: str
    temperature: float
    smoothing_plates: float
    none_weight: float
    none_centre: float
    turn_below: float
    fitted_on: str

    def scores(self, similarity: NDArray[np.float32]) -> Scores:
        """Smooth similarities (m sections, n plates in series order) along the plates."""
        return smooth_along_plates(similarity.astype(np.float64), self.smoothing_plates)

    def confidence(self, scores: Scores) -> Scores:
        """Probability of every plate (m, n); rows sum to 1."""
        return softmax(scores / self.temperature)

    def none_of_these(self, similarity: NDArray[np.float32]) -> Scores:
        """Probability (m,) that no plate of the atlas is right."""
        best = similarity.max(1).astype(np.float64)
        return np.asarray(1.0 / (1.0 + np.exp(self.none_weight * (best - self.none_centre))))


def softmax(logits: Scores) -> Scores:
    """Softmax over the last axis."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def smooth_along_plates(similarity: Scores, sd_plates: float) -> Scores:
    """Gaussian mean of each row (n plates in series order), renormalised at both ends."""
    if sd_plates <= 0:
        return similarity
    place = np.arange(similarity.shape[1])
    kernel = np.exp(-0.5 * ((place[:, None] - place[None, :]) / sd_plates) ** 2)
    return np.asarray(similarity @ (kernel / kernel.sum(0)))


def calibration_path(name: str, folder: Path | None = None) -> Path:
    """Path of an encoder's calibration."""
    return (folder or weights_dir()) / f"{name}.calibration.json"


def write_calibration(calibration: Calibration, folder: Path | None = None) -> Path:
    """Write a calibration beside its encoder's weights; returns the path."""
    path = calibration_path(calibration.encoder.split("@")[0], folder)
    path.write_text(json.dumps(dataclasses.asdict(calibration), indent=2) + "\n", encoding="utf-8")
    return path


def read_calibration(name: str, identity: str, folder: Path | None = None) -> Calibration:
    """Read the calibration of an encoder.

    Raises
    ------
    BrainseekError
        If there is none, it is damaged, or it belongs to another state of the encoder.
    """
    path = calibration_path(name, folder)
    renew = f"run 'python -m brainseek.registration.plates.calibrate {name}'"
    try:
        calibration = Calibration(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BrainseekError(f"The encoder '{name}' has no calibration: {renew}.") from None
    except (OSError, ValueError, TypeError) as error:
        raise BrainseekError(f"The calibration '{path}' is damaged ({error}): {renew}.") from error
    if calibration.encoder != identity:
        raise BrainseekError(
            f"The calibration '{path}' was fitted for {calibration.encoder}, not for {identity}: "
            f"{renew}."
        )
    return calibration
