"""Mouse Nissl plates: pictures, expert labels, CCF labels, positions and the structure tree."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.user_table import read_rows
from brainseek.catalog.datasets.manifest import DataSet
from brainseek.catalog.datasets.prepare.outlines import (
    PLATE_CROP,
    Outlines,
    rasterise,
    read_outlines,
)
from brainseek.catalog.datasets.prepare.tables_pictures import (
    read_grey,
    write_jpeg,
    write_table,
)
from brainseek.catalog.volumes.quicknii import (
    COMPONENTS,
    VOXEL_UM,
    centre_voxel,
    cut_labels,
    read_slices,
    restrict,
    um_from_front,
)

PLATE_COUNT = 132
JPEG_QUALITY = 85
PLATE_COLUMNS = (
    "plate", "section_image_id", "section_nr", "width_px", "height_px", "pixel_size_um",
    "pixel_size_y_um", "ap_um_from_front", "ap_voxel25", *COMPONENTS, "svg_width", "svg_height",
    "svg_paths", "n_structures_ara", "n_structures_ccf", "eta2_ara", "eta2_ccf", "dice_ara_ccf",
    "agreement_at_0", "agreement_best", "best_shift_um",
)  # fmt: skip
STRUCTURE_COLUMNS = {
    "id": "id", "acronym": "acronym", "name": "name", "parent_id": "parent_structure_id",
    "structure_id_path": "structure_id_path", "graph_order": "graph_order",
    "color_hex_triplet": "color_hex_triplet", "depth": "depth",
}  # fmt: skip
"""Column of ``structures.csv``: column of the public tree."""


def plate_row(
    plate: int,
    section: dict[str, Any],
    outlines: Outlines,
    anchoring: np.ndarray[Any, Any],
    height: int,
    width: int,
) -> dict[str, object]:
    """Return the row of ``plates.csv``; the columns that judge quality stay empty."""
    row: dict[str, object] = {
        "plate": plate,
        "section_image_id": outlines.section_image_id,
        "section_nr": section["nr"],
        "width_px": width,
        "height_px": height,
        "pixel_size_um": round(float(np.linalg.norm(anchoring[3:6])) * VOXEL_UM / width, 4),
        "pixel_size_y_um": round(float(np.linalg.norm(anchoring[6:])) * VOXEL_UM / height, 4),
        "ap_um_from_front": float(round(um_from_front(centre_voxel(anchoring)))),
        "ap_voxel25": round(centre_voxel(anchoring), 2),
        "svg_width": outlines.width,
        "svg_height": outlines.height,
        "svg_paths": len(outlines.paths),
    }
    row.update({name: round(float(x), 3) for name, x in zip(COMPONENTS, anchoring, strict=True)})
    return row


def write_structures(tree: Path, target: Path) -> None:
    """Write ``structures.csv`` from the public structure tree, its rows in their order."""
    rows: list[dict[str, object]] = [
        {ours: row[theirs] for ours, theirs in STRUCTURE_COLUMNS.items()} for row in read_rows(tree)
    ]
    write_table(target, tuple(STRUCTURE_COLUMNS), rows)


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write the prepared folder (see `brainseek.catalog.datasets.prepare`).

    Pictures are re-encoded as grey JPEG, outlines filled even-odd, the CCF annotation cut on each
    plate's plane, and the anchoring of the whole section is restricted to the plate's crop.
    """
    import nrrd

    outline_folder = raw / "outlines/RoiManagerX/brain-atlas"
    by_image_id = {
        int(stem.split("_")[0]): slice_
        for stem, slice_ in read_slices(
            raw / "anchoring/deepslice_registration/flipped_human_corrected_registrations"
            "/reference-2.json"
        ).items()
    }
    volume, _ = nrrd.read(
        str(raw / "ccf/tests/test_data/allen_mouse_2017_atlas/annotation_25_reoriented_2017.nrrd")
    )
    (out / "annotation").mkdir()
    shutil.copyfile(outline_folder / "1.xml", out / "annotation/1.xml")
    rows: list[dict[str, object]] = []
    ara: dict[str, Any] = {}
    ccf: dict[str, Any] = {}
    for plate in range(1, PLATE_COUNT + 1):
        picture = read_grey(raw / f"plates/data/atlas/{plate}.jpg")
        write_jpeg(out / f"plates/{plate:03d}.jpg", picture, JPEG_QUALITY)
        height, width = picture.shape
        svg = outline_folder / f"1/{plate:03d}.svg"
        shutil.copyfile(svg, out / f"annotation/{plate:03d}.svg")
        outlines = read_outlines(svg)
        section = by_image_id.get(outlines.section_image_id)
        if section is None:
            raise BrainseekError(
                f"Plate {plate} was drawn on section image {outlines.section_image_id}, which the "
                "anchoring file does not have; check the pinned commit in data_manifest.yaml."
            )
        anchoring = restrict(np.array(section["anchoring"], dtype=float), *PLATE_CROP)
        ara[str(plate)] = rasterise(outlines, height, width)
        ccf[str(plate)] = cut_labels(volume, anchoring, height, width)
        rows.append(plate_row(plate, section, outlines, anchoring, height, width))
        for column, labels in (("n_structures_ara", ara), ("n_structures_ccf", ccf)):
            ids = np.unique(labels[str(plate)])
            rows[-1][column] = int(np.count_nonzero(ids))
    np.savez_compressed(out / "ara_labels.npz", **ara)
    np.savez_compressed(out / "ccf_labels.npz", **ccf)
    write_table(out / "plates.csv", PLATE_COLUMNS, rows)
    write_structures(raw / "structures/structure_tree_safe_2017.csv", out / "structures.csv")
