"""What a search returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hit:
    """One neighbour of a query.

    Attributes
    ----------
    rank : int
        Place among the neighbours of the same query, from 0.
    score : float
        Cosine similarity in -1..1; higher is closer.
    distance : float
        Euclidean distance of the two L2-normalised vectors, ``sqrt(2 - 2 * score)``.
    row : mapping
        The row it came from: every column but the vector and the thumbnail
        (see :meth:`index.collection.Collection.thumbnails`).
    """

    rank: int
    score: float
    distance: float
    row: Mapping[str, Any]
