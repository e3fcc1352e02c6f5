"""Small pictures of what rows were made from."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section

SIDE = 96
"""Longest side in pixels of the picture of a window."""


def thumbnail(section: Section) -> bytes:
    """Return a JPEG of a section, at most 96 pixels a side; 8-bit colours are kept."""
    image = section.image
    if image.dtype != np.uint8:
        image = np.rint(section.gray() * 255).astype(np.uint8)
    return jpeg(image, SIDE, quality=80)


def jpeg(image: NDArray[np.uint8], side: int = 256, quality: int = 85) -> bytes:
    """Return a JPEG of a gray or RGB image (rows, columns[, 3]), at most ``side`` pixels a side."""
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.thumbnail((side, side), Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()


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
