"""CSV tables and pictures that preparation reads and writes: one encoder setting for all."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def write_table(path: Path, columns: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    """Write `rows` under a header; a column that a row lacks is left empty."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


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
