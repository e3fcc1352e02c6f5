"""The card of an encoder of plates."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from brainseek.embedder.cards.card import Card
from brainseek.embedder.preprocessing.section_gray import Preprocessing


@dataclass(frozen=True)
class PlateCard(Card):
    """Contents of ``weights/NAME.json``; what is not said here, see `Card`.

    Attributes
    ----------
    atlas : str
        Atlas whose plates lie in the gallery beside the weights.
    views : tuple of str
        Views of a section whose embeddings are averaged, see
        `brainseek.embedder.preprocessing.views`.
    preprocessing : Preprocessing
    gallery_sha256 : str
        Checksum of the gallery.
    """

    task: ClassVar[str] = "plates"
    modalities = ()

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
        return [self.views, dataclasses.asdict(self.preprocessing)]

    @property
    def finds(self) -> str:
        return f"plates of {self.atlas}"

    @classmethod
    def from_tree(cls, tree: dict[str, Any]) -> Self:
        preprocessing = Preprocessing(**tree["preprocessing"])
        return cls(**tree | {"preprocessing": preprocessing, "views": tuple(tree["views"])})
