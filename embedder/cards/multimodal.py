"""The card of an encoder that brings patches of several modalities into one space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from brainseek.catalog.pairs.patches import PairFrame
from brainseek.embedder.cards.card import Card

if TYPE_CHECKING:
    from brainseek.embedder.networks.two_tower import TwoTowerNetwork


@dataclass(frozen=True)
class MultimodalCard(Card):
    """Contents of ``weights/modalities/NAME.json``; what is not said here, see `Card`.

    Attributes
    ----------
    modalities : tuple of str
        What it knows.
    side_px, pixel_um : int, float
        Side of the patches in pixels, and of a pixel in µm.
    shared : bool
        As in `brainseek.embedder.networks.two_tower.TwoTowerNetwork`.
    """

    task: ClassVar[str] = "modalities"

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
        return [self.shared, self.modalities, self.side_px, self.pixel_um]

    @property
    def finds(self) -> str:
        return " and ".join(self.modalities)

    @property
    def frame(self) -> PairFrame:
        """Size of the patches."""
        return PairFrame(self.side_px, self.pixel_um)

    @property
    def extent_um(self) -> float:
        return self.frame.side_um

    def build_network(self) -> TwoTowerNetwork:
        from brainseek.embedder.networks.two_tower import TwoTowerNetwork

        return TwoTowerNetwork(self.modalities, self.trunk, self.dim, self.shared)

    @classmethod
    def from_tree(cls, tree: dict[str, Any]) -> Self:
        return cls(**tree | {"modalities": tuple(tree["modalities"])})
