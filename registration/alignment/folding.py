"""Smoothing a displacement field until it folds nowhere."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.registration.alignment.warp import Warp

MIN_GROWTH = 0.15
_ROUNDS = 60


def unfolded(
    displacement: NDArray[np.float32], shape: tuple[int, int], sigma: float
) -> NDArray[np.float32]:
    """Smooth a field where its map shrinks area below 15 % or folds, until it does so nowhere.

    Parameters
    ----------
    displacement : ndarray, (rows, columns, 2), float32
        As in `brainseek.registration.alignment.warp.Warp`.
    shape : (int, int)
        Rows and columns of the section's image.
    sigma : float
        Width of the smoothing in nodes of the field.

    Returns
    -------
    ndarray, (rows, columns, 2), float32
        The field, smoothed around its folds and untouched elsewhere. Folds that resist are
        smoothed everywhere; in the end the field is damped as a whole, so none can stay.
    """
    identity = np.column_stack([np.eye(2), np.zeros(2)])
    for round_ in range(_ROUNDS):
        low = (Warp(identity, displacement, shape).growth < MIN_GROWTH).astype(np.float32)
        if not low.any():
            return displacement
        smooth = np.asarray(
            cv2.GaussianBlur(displacement, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        )
        if round_ >= _ROUNDS // 2:
            displacement = np.float32(0.9) * smooth
            continue
        reach = cv2.dilate(low, np.ones((3, 3), np.uint8), iterations=max(1, round(sigma)))
        weight = np.asarray(cv2.GaussianBlur(reach, (0, 0), sigma))[..., None]
        displacement = displacement + weight * (smooth - displacement)
    return np.zeros_like(displacement)
