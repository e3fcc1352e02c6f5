"""How near a predicted image is to the true one, within the tissue."""

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError

SIGMA_PX = 1.5
"""Standard deviation of the window of `ssim`."""
_TRUNCATE = 3.5
_K1, _K2 = 0.01, 0.03

Image = NDArray[np.generic]


def nmse(truth: Image, predicted: Image, mask: NDArray[np.bool_]) -> float:
    """Return the mean squared error over the variance of the truth, both within the mask.

    0 is perfect, 1 no better than the true mean everywhere.

    Parameters
    ----------
    truth, predicted : ndarray, (rows, columns)
        Gray of one unit.
    mask : ndarray of bool, (rows, columns)

    Raises
    ------
    BrainseekError
        If the shapes differ, the mask is empty or the truth is even.
    """
    true, found = _inside(truth, predicted, mask)
    variance = float(true[mask].var())
    if variance == 0:
        raise BrainseekError("the true image is even within the mask; its variance is 0.")
    return float(((true - found)[mask] ** 2).mean() / variance)


def ssim(truth: Image, predicted: Image, mask: NDArray[np.bool_]) -> float:
    """Return the mean structural similarity of gray from 0 to 255 within the mask, at most 1.

    Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 13 (2004), eq. 13, with Gaussian windows of
    `SIGMA_PX`; the windows see pixels beside the mask too.

    Parameters
    ----------
    truth, predicted : ndarray, (rows, columns)
    mask : ndarray of bool, (rows, columns)

    Raises
    ------
    BrainseekError
        If the shapes differ or the mask is empty.
    """
    x, y = _inside(truth, predicted, mask)
    mean_x, mean_y = _window(x), _window(y)
    var_x, var_y = _window(x * x) - mean_x**2, _window(y * y) - mean_y**2
    both = _window(x * y) - mean_x * mean_y
    c1, c2 = (_K1 * 255.0) ** 2, (_K2 * 255.0) ** 2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    shape = (2 * both + c2) / (var_x + var_y + c2)
    return float((light * shape)[mask].mean())


def _window(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(values, SIGMA_PX, truncate=_TRUNCATE, mode="reflect"))


def _inside(
    truth: Image, predicted: Image, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if truth.ndim != 2 or truth.shape != predicted.shape or truth.shape != mask.shape:
        raise BrainseekError(
            f"images of shapes {truth.shape} and {predicted.shape} with a mask of {mask.shape} "
            "can't be compared; give (rows, columns) of one shape."
        )
    if not mask.any():
        raise BrainseekError("the mask marks no tissue to compare; give another one.")
    return truth.astype(np.float64), predicted.astype(np.float64)
