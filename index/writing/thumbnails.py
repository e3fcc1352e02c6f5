"""Small pictures of what rows were made from."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section

SIDE = 96
"""Longest side in pixels."""


def thumbnail(section: Section) -> bytes:
    """Return a JPEG of a section, at most 96 pixels a side; 8-bit colours are kept."""
    from PIL import Image

    image = section.image
    if image.dtype != np.uint8:
        image = np.rint(section.gray() * 255).astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=80)
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
