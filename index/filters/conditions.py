"""Conditions on rows that code writes; their values may be any text."""

from collections.abc import Iterable

from brainseek.index.filters.values import quoted


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the condition that a text column has one of these values."""
    listed = ", ".join(map(quoted, values))
    return f"{column} IN ({listed})" if listed else "false"


def of_modality(modality: str, where: str | None = None) -> str:
    """Return the condition that rows are of a modality, and fulfil ``where`` if it is given."""
    condition = f"modality = {quoted(modality)}"
    return condition if where is None else f"{condition} and ({where})"
