"""Mouse confocal sections: float TIFF in 0..1 to 8-bit JPEG, and the table of true plates."""

from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.manifest import DataSet
from brainseek.catalog.datasets.prepare.tables_pictures import read_grey, write_jpeg, write_table

JPEG_QUALITY = 88
SPLITS = ("train", "val_1", "val_2")
COLUMNS = ("file", "split", "plate", "width_px", "height_px", "mean_grey")


def to_uint8(image: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """Scale grey values in 0..1 to 0..255, rounded; `name` is used in the error only."""
    image = np.squeeze(image)
    if image.ndim != 2 or image.dtype.kind != "f" or image.min() < 0 or image.max() > 1:
        raise BrainseekError(
            f"{name} is {image.dtype} of shape {image.shape}, not grey values in 0..1; check the "
            "pinned commit in data_manifest.yaml."
        )
    grey: np.ndarray[Any, Any] = np.rint(image * 255).astype(np.uint8)
    return grey


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write the prepared folder (see `datasets.prepare`); ``100_2.jpg`` has true plate 100."""
    import tifffile

    rows = []
    for file in data_set.files:
        path = Path(file.path)
        image = to_uint8(tifffile.imread(raw / file.source / path), path.name)
        split = path.parent.name
        name = f"{split}/{path.stem}.jpg"
        write_jpeg(out / name, image, JPEG_QUALITY)
        rows.append(
            {
                "file": name,
                "split": split,
                "plate": int(path.stem.split("_")[0]),
                "width_px": image.shape[1],
                "height_px": image.shape[0],
                "mean_grey": round(float(read_grey(out / name).mean()), 2),
            }
        )
    rows.sort(key=lambda row: (SPLITS.index(str(row["split"])), row["plate"], row["file"]))
    write_table(out / "sections.csv", COLUMNS, rows)
