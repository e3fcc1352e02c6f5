"""What is searched for on the search page, and the search itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from brainseek.ui.pages.search.cached import writer

if TYPE_CHECKING:
    from brainseek.catalog.sections.section import Section
    from brainseek.index.collection import Collection
    from brainseek.index.queries import Query
    from brainseek.index.search.hits import Hits
    from brainseek.index.search.view import View


@dataclass(frozen=True)
class Settings:
    """What the sidebar says about the search.

    Attributes
    ----------
    k : int
        Number of hits.
    where, match : str or None
        Condition, and words that move rows up.
    exact : bool
        Without approximation.
    """

    k: int
    where: str | None
    match: str | None
    exact: bool


@dataclass(frozen=True, eq=False)
class Question:
    """What is searched for.

    Attributes
    ----------
    query : Query or None
        None: only words, or nothing.
    described : dict
        The same for the JSON.
    row : mapping or None
        The row that stands for it.
    section : Section or None
        The image, if it is one.
    """

    query: "Query | None" = None
    described: dict[str, Any] = field(default_factory=dict)
    row: Mapping[str, Any] | None = None
    section: "Section | None" = None


def question_of_row(view: "View", row: str, described: dict[str, Any] | None = None) -> Question:
    """Return the question for more like a row; nothing for an empty id."""
    from brainseek.index.queries import ByRow

    if not row:
        return Question()
    numbers = np.array(list(view.find([row]).values()), np.int64)
    rows = view.take(numbers).to_pylist()
    return Question(ByRow(row), described or {"row": row}, rows[0] if rows else None)


def answer(collection: "Collection", question: Question, settings: Settings) -> "Hits | None":
    """Search; None when nothing was asked for.

    Raises
    ------
    BrainseekError
        The condition or the words are not valid, or the encoder is not here.
    """
    if question.query is not None:
        return collection.search(
            question.query,
            settings.k,
            where=settings.where,
            match=settings.match,
            exact=settings.exact,
            encoder=None if question.section is None else writer(collection.encoder),
        )
    if settings.match is not None:
        return collection.match(settings.match, settings.k, where=settings.where)
    return None


def document_of(
    collection: "Collection", version: int, question: Question, settings: Settings, hits: "Hits"
) -> dict[str, Any]:
    """Return the hits in the form of ``brainseek search --json``."""
    from brainseek.ui.reports.hits import document

    asked = dict(question.described)
    if settings.match is not None:
        asked["match"] = settings.match
    return document(hits, asked, collection.uri, collection.encoder, version)


def some_rows(
    collection: "Collection", view: "View", settings: Settings, ids: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Return the first rows that fulfil the condition, those with some ids or of all.

    Raises
    ------
    BrainseekError
        The condition is not valid.
    """
    from brainseek.index.filters.filter import parse_filter

    condition = None
    if settings.where is not None:
        condition = parse_filter(settings.where, collection.table.schema)
    numbers = view.numbers(condition)
    if ids is not None:
        numbers = np.intersect1d(numbers, list(view.find(ids).values()))
    rows: list[dict[str, Any]] = view.take(numbers[: settings.k].astype(np.int64)).to_pylist()
    return rows


def thumbnails_of(collection: "Collection", ids: Sequence[str]) -> list[bytes | None]:
    """Return the thumbnails of rows."""
    if not ids:
        return []
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in ids)
    found = collection.thumbnails(f"id in ({names})")
    return [found.get(name) for name in ids]
