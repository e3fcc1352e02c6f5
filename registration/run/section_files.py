"""All files about one section, and their names."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.whole_file import write_whole
from brainseek.registration.exports.coordinates.coordinate_map import coordinate_map
from brainseek.registration.exports.geojson import regions_geojson
from brainseek.registration.exports.label_image import label_lookup_csv, label_tiff
from brainseek.registration.exports.overlay import overlay_png
from brainseek.registration.exports.quicknii import in_ccf, quicknii_json, quicknii_slice
from brainseek.registration.exports.structure_table import structure_csv, structure_rows
from brainseek.registration.results.result import SectionResult

ENDINGS = (
    ".overlay.png",
    ".labels.tif",
    ".labels.csv",
    ".regions.geojson",
    ".structures.csv",
    ".npz",
    ".quicknii.json",
)
"""What may stand behind a section's stem."""

RESERVED = ("series", "report")
"""Stems of the files about all sections."""


def output_stems(files: Sequence[Path]) -> list[str]:
    """Return the stem of the output files of every input, in order.

    An input keeps its own name without the ending. Inputs of the same name (case and Unicode
    form don't count, because some disks ignore them) get ``_1``, ``_2``, … behind it.

    Parameters
    ----------
    files : sequence of path
        The inputs.
    """
    stems = [unicodedata.normalize("NFC", _without_ending(path)) for path in files]
    wishes = Counter(stem.casefold() for stem in stems)
    wishes.update(name for name in RESERVED if name in wishes)
    taken = set(wishes)
    found: list[str] = []
    for stem in stems:
        if wishes[stem.casefold()] == 1:
            found.append(stem)
            continue
        number = 1
        while f"{stem}_{number}".casefold() in taken:
            number += 1
        found.append(f"{stem}_{number}")
        taken.add(found[-1].casefold())
    return found


def _without_ending(path: Path) -> str:
    name = path.name
    for ending in (".nii.gz", ".ome.tif", ".ome.tiff"):
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return path.stem or "section"


def write_section(result: SectionResult, atlas: Atlas, folder: Path) -> SectionResult:
    """Write every file about a registered section.

    Parameters
    ----------
    result : SectionResult
        With an alignment.
    atlas : Atlas
        The atlas it was aligned to.
    folder : Path
        Where to; files of the same name are replaced.

    Returns
    -------
    SectionResult
        The same with its ``files``, and a note for each file that could not be made.

    Raises
    ------
    BrainseekError
        When a file can't be written.
    """
    alignment, full = result.alignment, result.full_shape
    assert alignment is not None
    assert full is not None
    section, tree = alignment.section, atlas.structures
    mapping = coordinate_map(
        alignment, full, atlas.space_axes, {s.id: s.acronym for s in atlas.structures}
    )
    labels = mapping.labels
    rows = structure_rows(labels, tree, mapping, section.pixel_size_um)
    contents = {
        ".overlay.png": overlay_png(
            section, labels, tree, rows, _title(result), result.warning or _doubt(result)
        ),
        ".labels.tif": label_tiff(labels, tree, section.pixel_size_um),
        ".labels.csv": label_lookup_csv(labels, tree),
        ".regions.geojson": regions_geojson(labels, tree, rows, full, result.stem),
        ".structures.csv": structure_csv(rows),
        ".npz": mapping.to_bytes(),
    }
    notes = list(result.notes)
    if in_ccf(atlas):
        entry = quicknii_slice(alignment, Path(result.file).name, result.number, full)
        contents[".quicknii.json"] = quicknii_json(result.stem, [entry])
    if not np.any(labels):
        notes.append("No region of the atlas lies on this section.")
    files = tuple(
        write_whole(folder / f"{result.stem}{ending}", content)
        for ending, content in contents.items()
    )
    return replace(result, files=files, notes=tuple(notes))


def _title(result: SectionResult) -> str:
    """Return the line above the overlay."""
    alignment = result.alignment
    assert alignment is not None
    where = "" if alignment.target.plate is None else f", plate {alignment.target.plate}"
    return f"{Path(result.file).name} on {alignment.target.atlas}{where} ({alignment.method})"


def _doubt(result: SectionResult) -> str | None:
    """Return a sentence for an alignment that is not trusted and does not say why."""
    alignment = result.alignment
    if alignment is None or alignment.quality.trusted:
        return None
    return "This alignment should not be trusted; look at the borders before you use it."
