"""Gray patches as PNG files, so that a row keeps the very pixels that were embedded."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError


def patch_png(gray: NDArray[np.uint8]) -> bytes:
    """Return a gray patch (rows, columns) as a PNG file, without loss."""
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(gray))
    return encoded.tobytes()


def patch_of_png(content: bytes) -> NDArray[np.uint8]:
    """Return the gray (rows, columns) of an image file in memory.

    Raises
    ------
    BrainseekError
        The bytes are no image.
    """
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    if found is None:
        raise BrainseekError(
            f"a thumbnail of {len(content)} bytes is no image; index the patches again."
        )
    return np.asarray(found, np.uint8)
