"""Which sections trained an encoder, and how far a patch shows what only its stain shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catalog.pair_patches import PairFrame, cut_pair, tissue_centres
from catalog.pairs import SectionPair, holdout

if TYPE_CHECKING:
    from embedder.cross_card import CrossCard
    from embedder.cross_encoder import CrossEncoder
    from embedder.shared_specific import SharedSpecific
    from ui.stains_section import Place

FIT_EVERY_UM = 1500.0
"""Distance of the patches that the regressions are fitted to."""
SAID = {
    "train": "trained on",
    "validation": "validation",
    "test": "held out",
    "unused": "not trained on",
}
"""How the parts of the sections are called."""


def parts_of(card: "CrossCard", store: str, pairs: Sequence[SectionPair]) -> list[str]:
    """Return the part of the training that each pair belongs to, a key of `SAID`.

    Parameters
    ----------
    card : CrossCard
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
    encoder: "CrossEncoder", pairs: Sequence[SectionPair], parts: Sequence[str]
) -> "SharedSpecific":
    """Fit what each stain tells about the other, to the sections that trained the encoder.

    Parameters
    ----------
    encoder : CrossEncoder
    pairs : sequence of SectionPair
    parts : sequence of str
        `parts_of` these pairs; where it is empty all pairs are taken.
    """
    from embedder.shared_specific import SharedSpecific

    frame = PairFrame(encoder.card.side_px, encoder.card.pixel_um)
    cut = [
        cut_pair(pair, tissue_centres(pair, frame, FIT_EVERY_UM), frame)
        for number, pair in enumerate(pairs)
        if not parts or parts[number] == "train"
    ]
    first, second = (np.concatenate(patches) for patches in zip(*cut, strict=True))
    one, other = pairs[0].modalities
    return SharedSpecific.fit(encoder.features(first, one), encoder.features(second, other))


def only_here(
    fitted: "SharedSpecific", encoder: "CrossEncoder", place: "Place", pair: SectionPair,
    modality: str,
) -> tuple[float, float] | None:  # fmt: skip
    """Return the score of the patch and that of its partner; None where there is no partner.

    Parameters
    ----------
    fitted : SharedSpecific
        See :meth:`embedder.shared_specific.SharedSpecific.only_in`.
    encoder : CrossEncoder
    place : Place
        Of an image of ``pair``.
    pair : SectionPair
    modality : str
        Of the patch.
    """
    if place.partner is None:
        return None
    own = modality == pair.first.modality
    patches = (place.patch, place.partner) if own else (place.partner, place.patch)
    first, second = fitted.only_in(
        *(
            encoder.features(patch[None], name)
            for patch, name in zip(patches, pair.modalities, strict=True)
        )
    )
    scores = (float(first[0]), float(second[0]))
    return scores if own else (scores[1], scores[0])
