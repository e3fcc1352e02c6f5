"""Images of noise, and TIFF files of them in many layouts."""

from pathlib import Path

import numpy as np
import tifffile


def noise(shape: tuple[int, ...] = (300, 420), dtype: type = np.uint8) -> np.ndarray:
    values = np.random.default_rng(0).random(shape) * (1 if dtype == np.float32 else 250)
    return values.astype(dtype)


LAYOUTS = {
    "plain": {},
    "big-endian": {"byteorder": ">"},
    "strips": {"rowsperstrip": 7},
    "one strip": {"rowsperstrip": 300, "compression": "deflate"},
    "tiles": {"tile": (64, 32)},
    "deflate strips": {"rowsperstrip": 11, "compression": "deflate"},
    "lzw tiles": {"tile": (128, 128), "compression": "lzw", "predictor": True},
}


def write_layout(path: Path, layout: str, dtype: type) -> np.ndarray:
    """Write a TIFF of noise in a layout; return the noise."""
    options = dict(LAYOUTS[layout])
    order = options.pop("byteorder", "<")
    if dtype == np.float32:
        options.pop("predictor", None)
    image = noise(dtype=dtype)
    with tifffile.TiffWriter(path, byteorder=order) as writer:
        writer.write(image, **options)
    return image
