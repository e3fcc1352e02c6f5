"""The card of an encoder: what it is, what it was trained on, what it was measured to do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.card import ReleasedCard, read_released_card
from brainseek.embedder.cards.files import released_names
from brainseek.embedder.preprocessing.section_gray import Preprocessing


@dataclass(frozen=True)
class Card(ReleasedCard):
    """Contents of ``weights/NAME.json``.

    Attributes
    ----------
    name : str
        Name of the encoder.
    description : str
        One sentence on its use.
    atlas : str
        Atlas whose plates lie in the gallery beside the weights.
    trunk, dim : str, int
        Network and length of the embedding.
    views : tuple of str
        Views of a section whose embeddings are averaged, see :mod:`embedder.preprocessing.views`.
    preprocessing : Preprocessing
    weights_sha256, gallery_sha256 : str
        Checksums of the files beside the card.
    training : dict
        Recipe, seed, commit, data and machine of the run.
    measured : dict
        Validation scores of this very state.
    """

    name: str
    description: str
    atlas: str
    trunk: str
    dim: int
    views: tuple[str, ...]
    preprocessing: Preprocessing
    weights_sha256: str
    gallery_sha256: str
    training: dict[str, Any]
    measured: dict[str, Any]

    @property
    def sees(self) -> list[Any]:
        """Views and preprocessing."""
        return [self.views, dataclasses.asdict(self.preprocessing)]


def encoder_names(folder: Path | None = None) -> list[str]:
    """Names of the encoders of plates that are here, sorted."""
    return released_names(folder or weights_dir())


def read_card(name: str, folder: Path | None = None) -> Card:
    """Read the card of an encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown (the known ones are listed) or its card is damaged.
    """
    return read_released_card("encoder", name, folder or weights_dir(), _built)


def _built(tree: dict[str, Any]) -> Card:
    tree["preprocessing"] = Preprocessing(**tree["preprocessing"])
    tree["views"] = tuple(tree["views"])
    return Card(**tree)


def encoder_for(atlas: str, folder: Path | None = None) -> str:
    """Name of the encoder released for an atlas.

    Raises
    ------
    BrainseekError
        If there is none.
    """
    for name in encoder_names(folder):
        if read_card(name, folder).atlas == atlas:
            return name
    raise BrainseekError(
        f"No released encoder belongs to the atlas '{atlas}': train one, or name another "
        f"(known: {', '.join(encoder_names(folder)) or 'none'})."
    )
