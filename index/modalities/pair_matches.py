"""Matches of a patch in the other stain, and the rank of its true partner among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.index.collection import Collection
from brainseek.index.fill.pairs import pair_uri
from brainseek.index.filters.conditions import of_modality, one_of
from brainseek.index.search.hits import Hits

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

    hits: Hits
    partner_rank: int | None
    partner_score: float | None
    among: int


def find_matches(
    patch: NDArray[np.uint8],
    partner: NDArray[np.uint8] | None,
    modality: str,
    find: str,
    encoder: MultimodalEncoder,
    gallery: Collection,
    k: int,
    where: str | None,
) -> Matches:
    """Search for a patch in the other stain.

    Parameters
    ----------
    patch : ndarray of uint8, (side, side)
        Gray with a dark background, as the encoder sees it.
    partner : ndarray of uint8, (side, side), or None
        The same tissue in the other stain, where it is known.
    modality, find : str
        Of the patch and of what is searched for.
    encoder : MultimodalEncoder
        It wrote ``gallery``.
    gallery : Collection
    k : int
        Hits.
    where : str or None
        Condition on the hits.
    """
    vector = encoder.embed(patch[None], modality)[0]
    hits = gallery.search(vector, k, where=of_modality(find, where))
    scores = gallery.search(
        vector, max(1, len(gallery)), where=of_modality(find), exact=True
    ).scores
    if partner is None:
        return Matches(hits, None, None, len(scores))
    score = float(vector @ encoder.embed(partner[None], find)[0])
    rank = int(np.count_nonzero(scores > score + _SAME))
    return Matches(hits, rank, score, len(scores))


def other_sections(name: str, pairs: Sequence[SectionPair], pair: SectionPair, find: str) -> str:
    """Return the condition that leaves a pair and its neighbours along the brain out.

    Parameters
    ----------
    name : str
        Of the set of pairs, as `brainseek.index.fill.pairs.index_pairs` was told.
    pairs : sequence of SectionPair
        All of the set.
    pair : SectionPair
        One of them.
    find : str
        Modality of the rows.
    """
    near = [p.name for p in pairs if abs(p.group - pair.group) <= NEAR_GROUPS]
    return f"not {one_of('source_uri', (pair_uri(name, one, find) for one in near))}"
