"""What the pixels of a section may be, and the one way to bring them there."""

import numpy as np

from brainseek.catalog.core.errors import BrainseekError

MIN_SIDE_PX = 16
"""A section with a shorter side shows nothing that could be recognised."""


def as_supported(array: np.ndarray, what: str) -> np.ndarray:
    """Bring an array to uint8, uint16 or float32.

    bool becomes 0 and 255; every other real type becomes float32 with unchanged values.

    Parameters
    ----------
    array : ndarray
        Any shape.
    what : str
        How messages call the array, usually its file name.

    Raises
    ------
    BrainseekError
        When the values are not real numbers.
    """
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype in (np.uint8, np.uint16):
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind in "uif":
        with np.errstate(over="ignore"):
            return array.astype(np.float32)
    raise BrainseekError(
        f"{what} holds values of type {array.dtype}; an image needs real numbers "
        "(8-bit, 16-bit or float)."
    )


def without_alpha(array: np.ndarray, what: str) -> np.ndarray:
    """Drop an opaque transparency channel; refuse one that hides something.

    Parameters
    ----------
    array : ndarray, (height, width, 2 or 4)
        Gray or RGB with alpha last, uint8, uint16 or float.

    Returns
    -------
    ndarray, (height, width) or (height, width, 3)

    Raises
    ------
    BrainseekError
        When any pixel is transparent: the colour behind it is not known.
    """
    opaque = np.iinfo(array.dtype).max if array.dtype.kind == "u" else array[..., -1].max()
    if not np.all(array[..., -1] == opaque):
        raise BrainseekError(
            f"{what} has transparent pixels (RGBA), so the background behind them is unknown; "
            "save it without transparency."
        )
    return array[..., 0] if array.shape[-1] == 2 else array[..., :3]


def checked_pixels(array: np.ndarray, what: str) -> np.ndarray:
    """Return the array as a valid section image.

    Parameters
    ----------
    array : ndarray, (height, width) or (height, width, 1 | 3 | 4)
        Any real type; a fourth channel must be opaque and is dropped.
    what : str
        How messages call it.

    Returns
    -------
    ndarray, (height, width) or (height, width, 3)
        uint8, uint16 or float32.

    Raises
    ------
    BrainseekError
        When it is no image: wrong dimensions or type, too small, NaN or infinite values, or the
        same value everywhere.
    """
    if array.size == 0:
        raise BrainseekError(f"{what} has shape {array.shape} and no pixels; give an image.")
    image = as_supported(array, what)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if image.ndim == 3 and image.shape[2] == 4:
        image = without_alpha(image, what)
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] == 3):
        raise BrainseekError(
            f"{what} has shape {array.shape}, which is not one image (rows, columns) or "
            "(rows, columns, 3); choose one slice of a stack."
        )
    check_size(image.shape[0], image.shape[1], what)
    if image.dtype == np.float32 and not np.isfinite(image).all():
        raise BrainseekError(
            f"{what} holds NaN or infinite values; replace them, for example with the background."
        )
    if image.min() == image.max():
        raise BrainseekError(
            f"{what} has the value {image.min()} everywhere and shows no tissue; "
            "check that the right image, channel or slice was chosen."
        )
    return image


def check_size(height: int, width: int, what: str) -> None:
    """Raise `BrainseekError` when a side is shorter than 16 pixels."""
    if min(height, width) < MIN_SIDE_PX:
        raise BrainseekError(
            f"{what} is {width} x {height} pixels; a section needs at least "
            f"{MIN_SIDE_PX} pixels on each side."
        )
