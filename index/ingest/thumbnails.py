"""A small picture of what a row was made from."""

import io

import numpy as np

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
