"""Pictures re-encoded in preparation: one encoder setting for all."""

from pathlib import Path
from typing import Any

import numpy as np


def write_jpeg(path: Path, image: np.ndarray[Any, Any], quality: int) -> None:
    """Write a uint8 image, (H, W) or (H, W, 3), as progressive JPEG without chroma subsampling."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(
        path, "JPEG", quality=quality, progressive=True, optimize=True, subsampling=0
    )


def read_grey(path: Path) -> np.ndarray[Any, Any]:
    """Read an 8-bit picture as grey values, uint8 (H, W)."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("L"))
