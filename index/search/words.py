"""Rows by the words in their metadata, ranked as search engines do."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.table.schema import TEXT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

    from brainseek.index.search.view import View

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 32
_SATURATION = 1.2  # k1 of BM25


def best_by_words(
    view: "View", text: str, limit: int, allowed: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the rows that contain any word of a text, best first; equal scores by rising id.

    All of :data:`index.table.schema.TEXT_COLUMNS` count as one document. A word is a run of letters
    and digits; case doesn't matter. The score is BM25 without length normalisation (b = 0;
    Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, eq. 3.15), so that a
    label of one word is worth as much as the same word in a long note.

    Parameters
    ----------
    view : View
    text : str
        Words in any order.
    limit : int
        How many rows.
    allowed : ndarray of int64, optional
        Only these rows, as :meth:`index.search.view.View.numbers` returns them. How rare a word is
        always counts all rows.

    Returns
    -------
    scores : ndarray of float64, (n,)
        Above 0.
    numbers : ndarray of int64, (n,)
        Row numbers.

    Raises
    ------
    BrainseekError
        There is no word, or there are more than 32.
    """
    words = _words(text)
    alive = view.numbers()
    scores = np.zeros(len(view.cache.exact) + len(view.fresh))
    counts = np.concatenate(
        [_counts(view.cache.rows, words), _counts(view.fresh_rows, words)], axis=1
    )
    for found in counts:
        rows = int(np.count_nonzero(found[alive]))
        rarity = np.log1p((len(alive) - rows + 0.5) / (rows + 0.5))
        scores += rarity * found * (_SATURATION + 1) / (found + _SATURATION)
    numbers = alive if allowed is None else allowed
    numbers = numbers[scores[numbers] > 0]
    if len(numbers) > limit:
        floor = np.partition(scores[numbers], -limit)[-limit]
        numbers = numbers[scores[numbers] >= floor]
    ids = view.take(numbers, ["id"])["id"].to_numpy(zero_copy_only=False).astype(str)
    numbers = numbers[np.lexsort((ids, -scores[numbers]))[:limit]]
    return scores[numbers], numbers


def _words(text: str) -> list[str]:
    """Return the distinct words of a query, in lower case."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lowered = pc.utf8_lower(pa.scalar(text.encode(errors="replace").decode())).as_py()
    words = list(dict.fromkeys(_WORD.findall(lowered)))
    shown = text if len(text) < 80 else text[:80] + "…"
    if not words:
        raise BrainseekError(f"'{shown}' holds no word to search for; give at least one.")
    if len(words) > _MOST_WORDS:
        raise BrainseekError(
            f"'{shown}' holds {len(words)} different words; give at most {_MOST_WORDS}."
        )
    return words


def _counts(rows: "pa.Table", words: list[str]) -> NDArray[np.float64]:
    """Return how often each word occurs in each row, (words, rows)."""
    total = np.zeros((len(words), rows.num_rows))
    for name in TEXT_COLUMNS:
        if rows.num_rows:
            texts, which = _distinct(rows[name])
            for line, word in zip(total, words, strict=True):
                line += _occurrences(texts, word)[which]
    return total


def _distinct(column: "pa.ChunkedArray") -> tuple["pa.Array", NDArray[np.int64]]:
    """Return the distinct texts in lower case, and for each row which of them; -1 for none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded: Any = column.unify_dictionaries().combine_chunks()
    which = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return pc.utf8_lower(encoded.dictionary.cast(pa.string())), which


def _occurrences(texts: "pa.Array", word: str) -> NDArray[np.float64]:
    """Return how often a word occurs in each text; one more, 0, for rows without a text."""
    import pyarrow.compute as pc

    counts = np.zeros(len(texts) + 1)
    near = np.flatnonzero(pc.match_substring(texts, word).fill_null(False).to_numpy(False))
    for place, text in zip(near, texts.take(near).to_pylist(), strict=True):
        counts[place] = _WORD.findall(text).count(word)
    return counts
