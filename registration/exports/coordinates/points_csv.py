"""Tables of points: read, carried into the atlas or back, and written with all their columns."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.exports.coordinates.coordinate_map import (
    CoordinateMap,
    transform_points,
)

PAIRS = (("section_row", "section_column"), ("row", "column"))
"""Columns that hold (row, column) in pixels of the file, centres at integers; the first wins."""
CORNER_PAIR = ("x", "y")
"""Columns that hold (x, y) from the corner of the image, as in QuPath and Fiji."""


@dataclass(frozen=True)
class PointTable:
    """A table of points as it was read.

    Attributes
    ----------
    name : str
        Name of the file, for messages.
    columns : tuple of str
        Their names.
    rows : tuple of tuple of str
        The cells.
    delimiter : str
        Between the cells.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str


def read_points(path: Path) -> PointTable:
    """Read a CSV file with a header; commas, semicolons and tabs are recognised.

    Raises
    ------
    BrainseekError
        When the file is missing, not text, empty, or a row has too many or too few cells.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BrainseekError(f"{path.name} is not UTF-8 text; save it as CSV (UTF-8).") from None
    except OSError as error:
        raise BrainseekError(
            f"{path} can't be read ({error.strerror}); check the file name."
        ) from error
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    lines = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if not lines:
        raise BrainseekError(f"{path.name} is empty; give a table with a header and points.")
    columns = tuple(cell.strip() for cell in lines[0])
    for number, row in enumerate(lines[1:], start=2):
        if len(row) != len(columns):
            raise BrainseekError(
                f"row {number} of {path.name} has {len(row)} cells, the header {len(columns)}; "
                "correct the table."
            )
    return PointTable(path.name, columns, tuple(tuple(row) for row in lines[1:]), delimiter)


def carried(table: PointTable, mapping: CoordinateMap, to: str) -> bytes:
    """Return the table with the carried coordinates behind its own columns, as CSV.

    To the atlas, points are taken from ``row, column`` (or ``section_row, section_column``, or
    ``x, y`` from the corner of the image), and ``<axis>_um`` for the three axes of the atlas,
    ``structure_id`` and ``structure`` are added. To the section, points are taken from the three
    ``<axis>_um``, and ``section_row``, ``section_column`` and ``out_of_plane_um`` are added.
    Columns of these names that are already there get the new values. Cells of points off the
    image stay empty.

    Raises
    ------
    BrainseekError
        When the columns are missing or a cell is not a finite number.
    """
    axes = tuple(f"{axis}_um" for axis in mapping.space_axes)
    if to == "atlas":
        places = _section_points(table)
        found = transform_points(mapping, places, to)
        ids, names = mapping.structures_at(places)
        added = {name: _texts(found[:, i], 2) for i, name in enumerate(axes)}
        added["structure_id"] = [str(id_) if id_ else "" for id_ in ids.tolist()]
        added["structure"] = names.tolist()
    else:
        found = transform_points(mapping, _numbers(table, axes), to)
        new = ("section_row", "section_column", "out_of_plane_um")
        added = {name: _texts(found[:, i], 3) for i, name in enumerate(new)}
    kept = [i for i, name in enumerate(table.columns) if name not in added]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow([*(table.columns[i] for i in kept), *added])
    for number, row in enumerate(table.rows):
        writer.writerow([*(row[i] for i in kept), *(values[number] for values in added.values())])
    return text.getvalue().encode()


def _section_points(table: PointTable) -> NDArray[np.float64]:
    """Return (row, column), (n, 2), from whichever columns are there."""
    for pair in PAIRS:
        if set(pair) <= set(table.columns):
            return _numbers(table, pair)
    if set(CORNER_PAIR) <= set(table.columns):
        return _numbers(table, CORNER_PAIR)[:, ::-1] - 0.5
    raise BrainseekError(
        f"{table.name} has the columns {', '.join(table.columns)} but neither row and column nor "
        "x and y; name two of them so."
    )


def _numbers(table: PointTable, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """Return columns as numbers, (n, len(columns))."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise BrainseekError(
            f"{table.name} has no column {missing[0]!r}; it needs {', '.join(columns)}."
        )
    places = [table.columns.index(name) for name in columns]
    values = np.empty((len(table.rows), len(columns)))
    for number, row in enumerate(table.rows):
        for i, place in enumerate(places):
            try:
                values[number, i] = float(row[place])
            except ValueError:
                values[number, i] = np.nan
            if not np.isfinite(values[number, i]):
                raise BrainseekError(
                    f"{row[place]!r} in row {number + 2}, column {columns[i]!r} of {table.name} "
                    "is not a finite number; correct or remove the row."
                )
    return values


def _texts(values: NDArray[np.float64], digits: int) -> list[str]:
    return ["" if np.isnan(value) else f"{value:.{digits}f}" for value in values.tolist()]
