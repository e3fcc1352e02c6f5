"""The card of a two-modality encoder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainseek.catalog.core.paths import weights_dir
from brainseek.catalog.pairs.patches import PairFrame
from brainseek.embedder.cards.card import ReleasedCard, read_released_card
from brainseek.embedder.cards.files import released_names


@dataclass(frozen=True)
class CrossCard(ReleasedCard):
    """Contents of ``weights/crossmodal/NAME.json``.

    Attributes
    ----------
    name : str
    description : str
        One sentence on its use.
    modalities : tuple of str
        What it knows.
    side_px, pixel_um : int, float
        Side of the patches in pixels, and of a pixel in µm.
    trunk, dim, shared : str, int, bool
        As in `brainseek.embedder.networks.two_tower.TwoTowerNetwork`.
    weights_sha256 : str
        Checksum of the weights beside the card.
    training, measured : dict
        Recipe, data, commit and machine of the run; scores of this very state.
    """

    name: str
    description: str
    modalities: tuple[str, ...]
    side_px: int
    pixel_um: float
    trunk: str
    dim: int
    shared: bool
    weights_sha256: str
    training: dict[str, Any]
    measured: dict[str, Any]

    @property
    def sees(self) -> list[Any]:
        """The other facts of the network, and the patches."""
        return [self.shared, self.modalities, self.side_px, self.pixel_um]

    @property
    def frame(self) -> PairFrame:
        """Size of the patches."""
        return PairFrame(self.side_px, self.pixel_um)


def cross_folder() -> Path:
    """Return the folder of the two-modality encoders that the project ships."""
    return weights_dir() / "crossmodal"


def cross_encoder_names(folder: Path | None = None) -> list[str]:
    """Names of the two-modality encoders that are here, sorted."""
    return released_names(folder or cross_folder())


def read_cross_card(name: str, folder: Path | None = None) -> CrossCard:
    """Read the card of a two-modality encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown (the known ones are listed) or its card is damaged.
    """
    return read_released_card("two-modality encoder", name, folder or cross_folder(), _built)


def _built(tree: dict[str, Any]) -> CrossCard:
    tree["modalities"] = tuple(tree["modalities"])
    return CrossCard(**tree)
