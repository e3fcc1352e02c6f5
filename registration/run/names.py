"""Names of output files: one stem for every input, none of them twice."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

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
