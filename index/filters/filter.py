"""Conditions on rows (``where=``): untrusted text becomes a checked tree, and only that is run.

sqlglot splits and parses the text and every piece is compared with what is allowed. The checked
tree is written twice, as an Arrow expression for tables in memory and as fresh SQL for Lance;
nothing of the text reaches either but its values, quoted here. ``NOT`` is pushed down to the
comparisons meanwhile, as De Morgan's laws permit in three-valued logic too: Lance takes
exponential time to parse nested ``NOT (``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.filters.reader import FORMS, MAX_NESTING, Reader

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MAX_LENGTH", "MAX_NESTING", "Filter", "parse_filter"]

MAX_LENGTH = 10_000
"""Longest text of a condition, in characters."""


@dataclass(frozen=True)
class Filter:
    """A checked condition on the rows of a collection; made by :func:`parse_filter`.

    Attributes
    ----------
    sql : str
        The condition in canonical form, for the ``filter=`` of a Lance table.
    columns : tuple of str
        The columns that it reads, in alphabetical order.
    expression : pyarrow.compute.Expression
        The same condition for Arrow: true, false or null for every row.
    """

    sql: str
    columns: tuple[str, ...]
    expression: Any = field(repr=False, compare=False)
    _types: tuple["pa.DataType", ...] = field(repr=False, compare=False)

    def mask(self, table: "pa.Table") -> NDArray[np.bool_]:
        """Return which rows of a table meet the condition.

        Parameters
        ----------
        table : pyarrow.Table
            Any table with the columns that the condition reads; text may be dictionary-encoded.

        Returns
        -------
        ndarray of bool, (rows,)
            False also where the condition is unknown because of a null.

        Raises
        ------
        BrainseekError
            The table lacks a column that the condition reads.
        """
        import pyarrow as pa
        import pyarrow.dataset as ds

        missing = [name for name in self.columns if name not in table.column_names]
        if missing:
            raise BrainseekError(
                f"the condition reads {', '.join(missing)} and the table to filter has no such "
                f"column; read {', '.join(self.columns)} with it."
            )
        schema = pa.schema(list(zip(self.columns, self._types, strict=True)))
        rows = ds.dataset(table.select(list(self.columns)).cast(schema))
        answers = rows.scanner(columns={"answer": self.expression}).to_table()["answer"]
        return np.asarray(answers.fill_null(False).to_numpy(), dtype=np.bool_)


def parse_filter(text: str, columns: "Mapping[str, pa.DataType] | pa.Schema") -> Filter:
    """Check the text of a condition.

    Allowed are comparisons of one column with values (``= <> != < <= > >=``, ``[NOT] IN``,
    ``[NOT] BETWEEN``, ``[NOT] LIKE``, ``[NOT] ILIKE``, ``IS [NOT] NULL``) joined by ``AND``,
    ``OR``, ``NOT`` and parentheses, with the precedence of SQL. Column names are bare (then
    their case is ignored) or in double quotes; text and times are in single quotes, and a
    quote inside is doubled. Times are ``'YYYY-MM-DD[ HH:MM[:SS[.ffffff]]]'`` in UTC. In a
    ``LIKE`` pattern ``%`` stands for any text and ``_`` for one character; a backslash is a
    backslash. Nulls follow the three-valued logic of SQL; NaN is larger than every number.

    Parameters
    ----------
    text : str
        The condition, at most :data:`MAX_LENGTH` characters. It may come from anyone.
    columns : mapping of str to pyarrow.DataType, or pyarrow.Schema
        The columns of the table. Those with vectors, images or other types that are not text,
        numbers, true/false or UTC times can't be used.

    Raises
    ------
    BrainseekError
        The text is anything else; the sentence names the piece and what is allowed.
    """
    if not isinstance(text, str) or not text.strip():
        raise BrainseekError(f"the condition is empty; {FORMS}.")
    if len(text) > MAX_LENGTH:
        raise BrainseekError(
            f"the condition is {len(text)} characters long and may have {MAX_LENGTH}; shorten it "
            "or ask in several steps."
        )
    try:
        text.encode()
        reader = Reader(columns)
        part = reader.read(text)
    except UnicodeEncodeError as error:
        raise BrainseekError(
            f"character {error.start + 1} of the condition is half of a surrogate pair, which is "
            "no text; remove it."
        ) from error
    except RecursionError as error:
        raise BrainseekError(
            "the condition is nested too deeply; use fewer parentheses."
        ) from error
    names = tuple(sorted(reader.used))
    return Filter(part.sql, names, part.expression, tuple(reader.types[n] for n in names))
