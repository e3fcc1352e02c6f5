"""What a search by words alone returns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.hits import Hit, Hits


class WordHits(Hits):
    """Rows that contain words, best first.

    A score is not a cosine here but the relevance of :func:`index.words.best_by_words` (0 and
    up), and a distance is NaN, as no vectors were compared.
    """

    @property
    def distances(self) -> NDArray[np.float64]:
        """NaN (n,): no vectors were compared."""
        return np.full(len(self), np.nan)

    def _hit(self, place: int, row: Mapping[str, Any]) -> Hit:
        return Hit(self.first_rank + place, float(self.scores[place]), float("nan"), row)
