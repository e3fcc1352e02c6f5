"""Names and colours of labels from the tables that come with atlases."""

import colorsys
import csv
import json
from pathlib import Path
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.structures.tree import Structure

_ID, _NAME = ("id", "label"), ("name", "structure_name")
_GOLDEN = 0.618034


def read_label_table(path: Path) -> tuple[Structure, ...]:
    """Read a table of labels; label 0 (background) is left out.

    Parameters
    ----------
    path : Path
        A ``.csv`` with the columns ``id`` (or ``label``) and ``name`` (or ``structure_name``)
        and, where known, ``acronym``, ``color_hex_triplet`` and ``parent_id``; or a ``.json``
        with the lists ``labels``, ``R``, ``G`` and ``B``, in which the place in the list is the
        label, as NiiVue keeps them. Missing colours are made up, each label its own.

    Raises
    ------
    BrainseekError
        When the file is missing or not such a table.
    """
    if not path.is_file():
        raise BrainseekError(f"{path} is missing; put the file there or correct its name.")
    try:
        rows = _json_rows(path) if path.suffix.lower() == ".json" else _csv_rows(path)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BrainseekError(
            f"{path.name} is not a table of labels ({type(error).__name__}: {error}); give the "
            "columns id and name in a CSV, or lists labels, R, G, B in a JSON."
        ) from error
    return tuple(row for row in rows if row.id != 0)


def made_colour(id_: int) -> tuple[int, int, int]:
    """Return a colour for a label without one; neighbours differ clearly in hue."""
    red, green, blue = colorsys.hsv_to_rgb(
        id_ * _GOLDEN % 1.0, 0.55 + 0.15 * (id_ % 3), 0.9 - 0.12 * (id_ // 3 % 3)
    )
    return round(255 * red), round(255 * green), round(255 * blue)


def _csv_rows(path: Path) -> list[Structure]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [_csv_row(row) for row in csv.DictReader(file)]


def _csv_row(row: dict[str, str]) -> Structure:
    id_, name = int(_first(row, _ID)), _first(row, _NAME)
    triplet, parent = row.get("color_hex_triplet"), row.get("parent_id")
    red, green, blue = bytes.fromhex(triplet) if triplet else made_colour(id_)
    parent_id = int(parent) if parent else None
    return Structure(id_, row.get("acronym") or name, name, parent_id, (red, green, blue))


def _first(row: dict[str, str], keys: tuple[str, ...]) -> str:
    """Return the value in the first of these columns that the table has."""
    for key in keys:
        if key in row:
            return row[key]
    raise KeyError(keys[0])


def _json_rows(path: Path) -> list[Structure]:
    lists: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    coloured = all(key in lists for key in "RGB")

    def colour(id_: int) -> tuple[int, int, int]:
        if not coloured:
            return made_colour(id_)
        return int(lists["R"][id_]), int(lists["G"][id_]), int(lists["B"][id_])

    return [
        Structure(id_, str(name), str(name), None, colour(id_))
        for id_, name in enumerate(lists["labels"])
        if name
    ]
