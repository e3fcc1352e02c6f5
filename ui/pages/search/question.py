"""What is searched for on the search page, and the search itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from brainseek.index.collection import Collection
from brainseek.index.queries import ByRow, ByWords, Query
from brainseek.index.search.hits import Hits
from brainseek.ui.reports.hits import document


@dataclass(frozen=True)
class SearchSettings:
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
class SearchQuestion:
    """What is searched for.

    Attributes
    ----------
    query : Query or None
        None: only words, or nothing.
    described : dict
        The same for the JSON.
    row : mapping or None
        The row that stands for it.
    """

    query: Query | None = None
    described: dict[str, Any] = field(default_factory=dict)
    row: Mapping[str, Any] | None = None


def question_of_row(
    collection: Collection, row: str, described: dict[str, Any] | None = None
) -> SearchQuestion:
    """Return the question for more like a row; nothing for an empty id."""
    if not row:
        return SearchQuestion()
    rows = collection.some_rows(1, ids=[row])
    return SearchQuestion(ByRow(row), described or {"row": row}, rows[0] if rows else None)


def answer(
    collection: Collection, question: SearchQuestion, settings: SearchSettings
) -> Hits | None:
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
        )
    if settings.match is not None:
        return collection.search(ByWords(settings.match), settings.k, where=settings.where)
    return None


def document_of(
    collection: Collection,
    version: int,
    question: SearchQuestion,
    settings: SearchSettings,
    hits: Hits,
) -> dict[str, Any]:
    """Return the hits in the form of ``brainseek search --json``."""
    asked = dict(question.described)
    if settings.match is not None:
        asked["match"] = settings.match
    return document(hits, asked, collection.uri, collection.encoder, version)
