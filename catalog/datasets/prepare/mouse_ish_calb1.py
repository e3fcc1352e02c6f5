"""Calb1 in situ hybridisation: pictures and alignment as they are, and a table of both."""

import re
import shutil
from pathlib import Path

import numpy as np

from brainseek.catalog.datasets.manifest import DataSet
from brainseek.catalog.datasets.prepare.tables_pictures import write_table
from brainseek.catalog.volumes.quicknii import (
    COMPONENTS,
    centre_voxel,
    read_slices,
    um_from_front,
)

COLUMNS = (
    "file", "section_number", "width_px", "height_px", "alignment_width", "alignment_height",
    *COMPONENTS, "ap_voxel25", "ap_um_from_front",
)  # fmt: skip


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write the prepared folder (see `brainseek.catalog.datasets.prepare`)."""
    from PIL import Image

    folder = raw / "pynutil/tests/test_data/image_intensity"
    shutil.copyfile(folder / "alignment.json", out / "alignment.json")
    slices = read_slices(folder / "alignment.json")
    (out / "images").mkdir()
    rows: list[dict[str, object]] = []
    for picture in (folder / "images").glob("*.jpg"):
        shutil.copyfile(picture, out / "images" / picture.name)
        with Image.open(picture) as image:
            width, height = image.size
        slice_ = slices[picture.stem]
        anchoring = np.array(slice_["anchoring"], dtype=float)
        voxel = centre_voxel(anchoring)
        number = re.fullmatch(r".*_s(\d+)", picture.stem)
        row: dict[str, object] = {
            "file": f"images/{picture.name}",
            "section_number": int(number.group(1)) if number else slice_["nr"],
            "width_px": width,
            "height_px": height,
            "alignment_width": slice_["width"],
            "alignment_height": slice_["height"],
            "ap_voxel25": round(voxel, 3),
            "ap_um_from_front": round(um_from_front(voxel), 1),
        }
        row.update({n: round(float(x), 4) for n, x in zip(COMPONENTS, anchoring, strict=True)})
        rows.append(row)
    rows.sort(key=lambda row: str(row["file"]))
    write_table(out / "sections.csv", COLUMNS, rows)
