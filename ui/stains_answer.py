"""What the encoder finds for a place: matches, the rank of the true partner, other sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catalog.pairs import SectionPair
from ui.stains_gallery import PairStore, source_uri
from ui.stains_section import Place

if TYPE_CHECKING:
    from embedder.cross_encoder import CrossEncoder
    from index.collection import Collection
    from index.hits import Hits

NEAR_GROUPS = 3
"""Sections up to so many places away along the brain show nearly the same tissue."""
_SAME = 1e-5
"""Scores this close are those of one patch."""


@dataclass(frozen=True, eq=False)
class Matches:
    """What was found in the other stain.

    Attributes
    ----------
    hits : Hits
    partner_rank : int or None
        How many patches of that stain fit better than the true partner, in all sections; None
        where the partner is not known.
    partner_score : float or None
        Its cosine similarity.
    among : int
        Patches of that stain, in all sections.
    """

    hits: "Hits"
    partner_rank: int | None
    partner_score: float | None
    among: int


def find_matches(
    place: Place,
    modality: str,
    find: str,
    encoder: "CrossEncoder",
    gallery: "Collection",
    k: int,
    where: str | None,
) -> Matches:
    """Search for a place in the other stain.

    Parameters
    ----------
    place : Place
    modality, find : str
        Of the place and of what is searched for.
    encoder : CrossEncoder
        It wrote ``gallery``.
    gallery : Collection
    k : int
        Hits.
    where : str or None
        Condition on the hits.
    """
    from index.cross_search import of_modality

    vector = encoder.embed(place.patch[None], modality)[0]
    hits = gallery.search(vector, k, where=of_modality(find, where))
    scores = gallery.search(
        vector, max(1, len(gallery)), where=of_modality(find), exact=True
    ).scores
    if place.partner is None:
        return Matches(hits, None, None, len(scores))
    score = float(vector @ encoder.embed(place.partner[None], find)[0])
    rank = int(np.count_nonzero(scores > score + _SAME))
    return Matches(hits, rank, score, len(scores))


def other_sections(
    store: PairStore, pairs: Sequence[SectionPair], pair: SectionPair, find: str
) -> str:
    """Return the condition that leaves a pair and its neighbours along the brain out."""
    near = [p.name for p in pairs if abs(p.group - pair.group) <= NEAR_GROUPS]
    quoted = ", ".join(f"'{source_uri(store, name, find)}'" for name in map(_escaped, near))
    return f"source_uri not in ({quoted})"


def _escaped(name: str) -> str:
    return name.replace("'", "''")
