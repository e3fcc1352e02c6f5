"""What a search by words alone returns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.index.search.hits import Hit, Hits, HitSource
from brainseek.index.search.request import Request
from brainseek.index.search.view import View
from brainseek.index.search.words import best_by_words


class WordHits(Hits):
    """Rows that contain words, best first.

    A score is not a cosine here but the relevance of :func:`index.search.words.best_by_words` (0
    and up), and a distance is NaN, as no vectors were compared.
    """

    @property
    def distances(self) -> NDArray[np.float64]:
        """NaN (n,): no vectors were compared."""
        return np.full(len(self), np.nan)

    def _hit(self, place: int, row: Mapping[str, Any]) -> Hit:
        return Hit(self.first_rank + place, float(self.scores[place]), float("nan"), row)


def match_view(
    view: View, source: HitSource, request: Request, allowed: NDArray[np.int64] | None
) -> WordHits:
    """Return the rows that contain any of the words of a request, best first.

    Parameters
    ----------
    view : View
    source : HitSource
        Where hits fetch what was not read with them.
    request : Request
        With words to match.
    allowed : ndarray of int64 or None
        Only these rows, as :meth:`brainseek.index.search.view.View.numbers` returns them.
    """
    depth = request.k + request.offset
    scores, numbers = best_by_words(view, request.match or "", depth, allowed)
    page = slice(request.offset, None)
    return WordHits(scores[page], source, numbers[page], request.offset)
