"""All files about one section, and their names."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from brainseek.catalog.core.whole_file import write_whole
from brainseek.registration.alignment.alignment import Alignment
from brainseek.registration.exports.coordinates.coordinate_map import coordinate_map
from brainseek.registration.exports.geojson import regions_geojson
from brainseek.registration.exports.label_image import label_lookup_csv, label_tiff
from brainseek.registration.exports.overlay import overlay_png
from brainseek.registration.exports.quicknii import Slice, quicknii_json
from brainseek.registration.exports.structure_table import structure_csv, structure_rows
from brainseek.registration.run.preparation import Run

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


def write_section(
    alignment: Alignment, filename: str, stem: str, entry: Slice | None, run: Run
) -> tuple[str, ...]:
    """Write every file about a registered section.

    Parameters
    ----------
    alignment : Alignment
        Of a section that was read from a file.
    filename : str
        Name of that file, without folders.
    stem : str
        First part of the names of the files.
    entry : Slice or None
        For the QuickNII file; there is none without it.
    run : Run
        Files of the same name in its folder are replaced.

    Returns
    -------
    tuple of str
        Names of the files.

    Raises
    ------
    BrainseekError
        When a file can't be written.
    """
    section, tree, full = alignment.section, run.atlas.structures, alignment.section.file_shape
    assert full is not None
    names = {structure.id: structure.acronym for structure in tree}
    mapping = coordinate_map(alignment, full, run.atlas.space_axes, names)
    labels = mapping.labels
    rows = structure_rows(labels, tree, mapping, section.pixel_size_um)
    contents = {
        ".overlay.png": overlay_png(
            section, labels, tree, rows, _title(alignment, filename), _warning(alignment)
        ),
        ".labels.tif": label_tiff(labels, tree, section.pixel_size_um),
        ".labels.csv": label_lookup_csv(labels, tree),
        ".regions.geojson": regions_geojson(labels, tree, rows, full, stem),
        ".structures.csv": structure_csv(rows),
        ".npz": mapping.to_bytes(),
    }
    if entry is not None:
        contents[".quicknii.json"] = quicknii_json(stem, [entry])
    return tuple(
        write_whole(run.folder / f"{stem}{ending}", content).name
        for ending, content in contents.items()
    )


def _title(alignment: Alignment, filename: str) -> str:
    """Return the line above the overlay."""
    target = alignment.target
    where = "" if target.plate is None else f", plate {target.plate}"
    return f"{filename} on {target.atlas}{where} ({alignment.method})"


def _warning(alignment: Alignment) -> str | None:
    """Return why an alignment is not trusted, None where it is."""
    if alignment.quality.trusted:
        return alignment.quality.warning
    return alignment.quality.warning or (
        "This alignment should not be trusted; look at the borders before you use it."
    )
