"""A table that reads well on a terminal and is Markdown at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainseek.catalog.core.errors import BrainseekError

Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of text under a title.

    Attributes
    ----------
    title : str
        What is shown, on which data.
    columns : tuple of str
        Headings.
    rows : tuple of tuples of str
        Each as long as ``columns``.
    notes : tuple of str
        What a reader must know to judge the numbers; printed below the table.

    Raises
    ------
    BrainseekError
        If a row has another number of cells than there are columns.
    """

    title: str
    columns: Row
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse rows that do not fit."""
        for row in self.rows:
            if len(row) != len(self.columns):
                raise BrainseekError(
                    f"The row {row} has {len(row)} cells, the table '{self.title}' has "
                    f"{len(self.columns)} columns: give one cell for each."
                )

    @classmethod
    def of(
        cls,
        title: str,
        columns: Mapping[str, str],
        records: Iterable[Mapping[str, Any]],
        notes: tuple[str, ...] = (),
    ) -> Table:
        """Make a table of records; each heading goes with the `str.format` of its cells."""
        rows = [tuple(cell.format(**one) for cell in columns.values()) for one in records]
        return cls(title, tuple(columns), tuple(rows), notes)

    def markdown(self) -> str:
        """Aligned Markdown: title, table, notes."""
        cells = [[_cell(text) for text in row] for row in (self.columns, *self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = ["| " + " | ".join(_padded(row, widths)) + " |" for row in cells]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        notes = "".join(f"- {note}\n" for note in self.notes)
        table = "\n".join(lines)
        return f"### {self.title}\n\n{table}\n" + (f"\n{notes}" if notes else "")


def absent(label: str, command: str, columns: Sequence[str]) -> Row:
    """Row of something that is not on this machine, with the command that makes it."""
    return (label, f"not here: `{command}`", *[""] * (len(columns) - 2))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _padded(row: list[str], widths: list[int]) -> list[str]:
    return [text.ljust(width) for text, width in zip(row, widths, strict=True)]
