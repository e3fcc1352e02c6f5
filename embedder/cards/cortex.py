"""The card of an encoder of places on the cortex."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from brainseek.embedder.cards.card import Card
from brainseek.embedder.preprocessing.patch_view import PatchView


@dataclass(frozen=True)
class CortexCard(Card):
    """Contents of ``weights/cortex/NAME.json``; what is not said here, see `Card`.

    Attributes
    ----------
    surface, data : str
        Surface whose vertices lie in the gallery beside the weights, and the T1 volume that
        their patches were cut from, see `brainseek.catalog.cortex.t1_volumes`.
    view : PatchView
        What a patch shows.
    gallery_sha256 : str
        Checksum of the gallery.
    """

    task: ClassVar[str] = "cortex"
    modalities = ()

    name: str
    description: str
    surface: str
    data: str
    trunk: str
    dim: int
    view: PatchView
    weights_sha256: str
    gallery_sha256: str
    training: dict[str, Any]
    measured: dict[str, Any]

    @property
    def sees(self) -> list[Any]:
        return [dataclasses.asdict(self.view)]

    @property
    def finds(self) -> str:
        planes = "plane" if self.view.planes == 1 else "planes"
        return f"places on {self.surface}, from {self.view.planes} {planes}"

    @property
    def extent_um(self) -> float:
        return self.view.extent_um

    @classmethod
    def from_tree(cls, tree: dict[str, Any]) -> Self:
        return cls(**tree | {"view": PatchView(**tree["view"])})
