"""Which sections trained an encoder, and how far a patch shows what only its stain shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.pairs.patches import cut_pair, tissue_centres
from brainseek.catalog.pairs.section_pair import SectionPair, holdout
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.shared_specific import SharedSpecific

FIT_EVERY_UM = 1500.0
"""Distance of the patches that the regressions are fitted to."""


def parts_of(card: MultimodalCard, store: str, pairs: Sequence[SectionPair]) -> list[str]:
    """Return the part of the training that each pair belongs to, see `section_pair.holdout`.

    Parameters
    ----------
    card : MultimodalCard
    store : str
        Name of the prepared pairs.
    pairs : sequence of SectionPair
        All of them.

    Returns
    -------
    list of str
        Empty where the encoder was trained on other pairs.
    """
    settings: Mapping[str, Any] = card.training.get("settings", {}).get("clip") or {}
    if Path(str(settings.get("pairs", ""))).name != store:
        return []
    sizes = {name: int(settings[name]) for name in ("every", "block", "gap") if name in settings}
    split = holdout(np.array([pair.group for pair in pairs]), **sizes)
    part_of = {int(n): part for part, numbers in split.items() for n in numbers}
    return [part_of[number] for number in range(len(pairs))]


def fit_specific(
    encoder: MultimodalEncoder, pairs: Sequence[SectionPair], parts: Sequence[str]
) -> SharedSpecific:
    """Fit what each stain tells about the other, to the sections that trained the encoder.

    Parameters
    ----------
    encoder : MultimodalEncoder
    pairs : sequence of SectionPair
    parts : sequence of str
        `parts_of` these pairs; where it is empty all pairs are taken.
    """
    frame = encoder.card.frame
    cut = [
        cut_pair(pair, tissue_centres(pair, frame, FIT_EVERY_UM), frame)
        for number, pair in enumerate(pairs)
        if not parts or parts[number] == "train"
    ]
    first, second = (np.concatenate(patches) for patches in zip(*cut, strict=True))
    one, other = pairs[0].modalities
    return SharedSpecific.fit(encoder.features(first, one), encoder.features(second, other))


def only_here(
    fitted: SharedSpecific,
    encoder: MultimodalEncoder,
    pair: SectionPair,
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
) -> tuple[float, float]:
    """Return how far each of two patches shows what only its stain shows.

    Parameters
    ----------
    fitted : SharedSpecific
        See :meth:`brainseek.embedder.shared_specific.SharedSpecific.only_in`.
    encoder : MultimodalEncoder
    pair : SectionPair
        It names the stains.
    first, second : ndarray of uint8, (side, side)
        The same tissue in the first and in the second image of the pair.
    """
    one, other = pair.modalities
    scores = fitted.only_in(
        encoder.features(first[None], one), encoder.features(second[None], other)
    )
    return float(scores[0][0]), float(scores[1][0])
