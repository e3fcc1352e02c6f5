"""Tables: CSV files whose first line names the columns, such as users write."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read the rows of a table that this project made."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class TableLine:
    """One line of a table, which can say where it stands.

    Attributes
    ----------
    number : int
        Of the line in the file; the first one behind the header is 2.
    where : str
        The line in words, for messages: "line 2 of pairs.csv".
    cells : mapping of str to str or None
        What stands in each column; None where the line is too short.
    """

    number: int
    where: str
    cells: Mapping[str, str | None]

    def text(self, column: str) -> str:
        """Return a cell without spaces around it; "" where the cell or the column is missing."""
        return (self.cells.get(column) or "").strip()

    def finite(self, column: str) -> float:
        """Return the number in a cell.

        Raises
        ------
        BrainseekError
            If the cell holds no finite number.
        """
        try:
            value = float(self.text(column))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise BrainseekError(
                f"{self.where} has the {column} {self.cells.get(column)!r}, which is no finite "
                "number; correct or remove the line."
            )
        return value


def read_user_table(path: Path, columns: Sequence[str], empty: str) -> list[TableLine]:
    """Read a table.

    Parameters
    ----------
    path : Path
        CSV file in UTF-8.
    columns : sequence of str
        Columns that it must have; it may have others too.
    empty : str
        What is wrong with a table without lines, e.g. "names no place; give it one line per
        place".

    Returns
    -------
    list of TableLine
        At least one, in the order of the file.

    Raises
    ------
    BrainseekError
        If the file can't be read, lacks a column, or has no line behind the header.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            header, lines = reader.fieldnames or [], list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BrainseekError(
            f"the table {path} can't be read ({error}); give a CSV file in UTF-8."
        ) from error
    missing = [name for name in columns if name not in header]
    if missing:
        raise BrainseekError(
            f"{path.name} lacks the columns {', '.join(missing)}; its first line must name "
            f"{', '.join(columns)}."
        )
    if not lines:
        raise BrainseekError(f"{path.name} {empty}.")
    return [
        TableLine(number, f"line {number} of {path.name}", line)
        for number, line in enumerate(lines, start=2)
    ]
