"""One search in a view: by similarity, within a radius, or together with words; page by page."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.search.hits import Hits, HitsBatch, HitSource
from brainseek.index.search.view import Found, View
from brainseek.index.search.words import best_by_words
from brainseek.index.vector_cache.exact import similarities

_FUSION = 60.0  # constant of reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009)
_SHORTEST_LISTS = 100


@dataclass(frozen=True)
class Request:
    """What is wanted beside the vectors.

    Attributes
    ----------
    k : int
        Hits on a page.
    offset : int
        Hits before it.
    radius : float or None
        Greatest Euclidean distance.
    match : str or None
        Words to look for in the metadata.
    exact : bool
        Without approximation.
    exclude : str or None
        Id of a row that is no hit.

    Raises
    ------
    BrainseekError
        A number is impossible, or radius and words are both given.
    """

    k: int = 10
    offset: int = 0
    radius: float | None = None
    match: str | None = None
    exact: bool = False
    exclude: str | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        if self.k < 1:
            raise BrainseekError(f"k is {self.k}; ask for at least 1 neighbour.")
        if self.offset < 0:
            raise BrainseekError(f"offset is {self.offset}; skip 0 or more hits.")
        if self.radius is not None and not 0 <= self.radius <= 2:
            raise BrainseekError(
                f"a radius of {self.radius} is impossible between unit vectors; give 0 to 2."
            )
        if self.radius is not None and self.match is not None:
            raise BrainseekError(
                f"radius {self.radius} and the words '{self.match}' were both given, which order "
                "the hits in two ways; give one of them, where= chooses among the rows as well."
            )


def search_view(
    view: View,
    source: HitSource,
    vectors: NDArray[np.float32],
    request: Request,
    allowed: NDArray[np.int64] | None,
) -> HitsBatch:
    """Return the hits of each query.

    Parameters
    ----------
    view : View
    source : HitSource
        Where hits fetch what was not read with them.
    vectors : ndarray of float32, (m, d)
        Unit vectors; one, if the request has a radius or words.
    request : Request
    allowed : ndarray of int64 or None
        Only these rows, as :meth:`brainseek.index.search.view.View.numbers` returns them.
    """
    out = view.find([request.exclude]) if request.exclude is not None else {}
    depth = request.k + request.offset + len(out)
    if request.radius is not None:
        found = view.within(vectors[0], 1 - request.radius**2 / 2, allowed)
    elif request.match is not None:
        found = _fused(view, vectors, request.match, depth, allowed, request.exact)
    else:
        found = view.search(vectors, depth, allowed, request.exact)
    scores, numbers = found
    for number in out.values():
        keep = numbers[0] != number
        scores, numbers = scores[:, keep], numbers[:, keep]
    page = slice(request.offset, request.offset + request.k)
    scores, numbers = scores[:, page], numbers[:, page]
    return HitsBatch(scores, source, numbers, request.offset)


def match_view(
    view: View,
    source: HitSource,
    words: str,
    request: Request,
    allowed: NDArray[np.int64] | None,
) -> Hits:
    """Return the rows that contain any of the words of a request, best first.

    Parameters
    ----------
    view : View
    source : HitSource
        Where hits fetch what was not read with them.
    words : str
    request : Request
        How many, from where on.
    allowed : ndarray of int64 or None
        Only these rows, as :meth:`brainseek.index.search.view.View.numbers` returns them.

    Raises
    ------
    BrainseekError
        There are no words or too many, or the request is about vectors.
    """
    asked = {"radius": request.radius is not None, "exact": request.exact}
    asked["match"] = request.match is not None
    for name in (name for name, given in asked.items() if given):
        raise BrainseekError(f"{name} is about vectors and words alone have none; leave it out.")
    scores, numbers = best_by_words(view, words, request.k + request.offset, allowed)
    page = slice(request.offset, None)
    return Hits(scores[page], source, numbers[page], request.offset, score_kind="bm25")


def _fused(
    view: View,
    vectors: NDArray[np.float32],
    match: str,
    depth: int,
    allowed: NDArray[np.int64] | None,
    exact: bool,
) -> Found:
    """Order rows by their ranks in two lists, by similarity and by words."""
    deep = max(_SHORTEST_LISTS, 4 * depth)
    near = view.search(vectors, deep, allowed, exact)[1][0]
    gain: dict[int, float] = {}
    for order in (near, best_by_words(view, match, deep, allowed)[1]):
        for rank, number in enumerate(order.tolist(), start=1):
            gain[number] = gain.get(number, 0.0) + 1 / (_FUSION + rank)
    numbers = np.array(list(gain), np.int64)
    scores = similarities(view.vectors(numbers), vectors[0])
    best = np.lexsort((-scores, -np.array(list(gain.values()))))
    return scores[None, best], numbers[None, best]
