"""Pictures as PNG files in memory."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


def png_file(picture: "Image.Image") -> bytes:
    """Return a picture as a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()
