"""Serial Nissl sections: true JPEG from TIFF named .jpg, and their geometry as a table."""

import json
from pathlib import Path

import numpy as np

from brainseek.catalog.datasets.manifest import DataSet
from brainseek.catalog.datasets.prepare.tables_pictures import write_jpeg, write_table

JPEG_QUALITY = 95
COLUMNS = (
    "file", "section_number", "rank_in_full_series", "original_file", "width_px", "height_px",
    "pixel_x_um", "pixel_y_um", "thickness_um", "origin_x_um", "origin_y_um", "origin_z_um",
)  # fmt: skip


def section_number(file_name: str) -> int:
    """Return the section number, the last field of a stem: ``…_PTM902_1_0003`` is 3."""
    return int(Path(file_name).stem.rsplit("_", 1)[1])


def present_sections(samples: Path) -> list[str]:
    """Return the file names of the sections that exist, in series order."""
    lines = samples.read_text(encoding="utf-8").splitlines()[1:]
    fields = [line.split("\t") for line in lines if line]
    return sorted((f[0] for f in fields if f[3] == "present"), key=section_number)


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write every second section, from the first, and ``sections.csv``."""
    import tifffile

    folder = raw / "sections/examples/mouse_serial_section_example/NisslDown"
    rows: list[dict[str, object]] = []
    for rank, original in list(enumerate(present_sections(folder / "samples.tsv")))[::2]:
        image = np.asarray(tifffile.imread(folder / original), dtype=np.uint8)
        geometry = json.loads((folder / original).with_suffix(".json").read_text(encoding="utf-8"))
        number = section_number(original)
        name = f"sections/{number:04d}.jpg"
        write_jpeg(out / name, image, JPEG_QUALITY)
        _, x, y, z = geometry["SpaceDirections"]
        origin = geometry["SpaceOrigin"]
        rows.append(
            {
                "file": name,
                "section_number": number,
                "rank_in_full_series": rank,
                "original_file": original,
                "width_px": image.shape[1],
                "height_px": image.shape[0],
                "pixel_x_um": x[0],
                "pixel_y_um": y[1],
                "thickness_um": z[2],
                "origin_x_um": origin[0],
                "origin_y_um": origin[1],
                "origin_z_um": origin[2],
            }
        )
    write_table(out / "sections.csv", COLUMNS, rows)
