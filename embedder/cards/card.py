"""What the cards of all released encoders have in common."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from brainseek.catalog.core.errors import BrainseekError

if TYPE_CHECKING:
    from torch import nn


class Card(ABC):
    """What an encoder is, what it was trained on and what it was measured to do.

    Its kinds are frozen dataclasses, stored with their fields in order.

    Attributes
    ----------
    task : str
        What encoders of this kind are for; all of a kind have the same.
    modalities : tuple of str
        Among which its images must say theirs; most kinds have none.
    name : str
    description : str
        One sentence on its use.
    trunk, dim : str, int
        Network and length of the embedding.
    weights_sha256 : str
        Checksum of the weights beside the card.
    training : dict
        Recipe, settings, environment and data of the run.
    measured : dict
        Validation scores of this very state.
    """

    task: ClassVar[str]
    modalities: tuple[str, ...]
    name: str
    description: str
    trunk: str
    dim: int
    weights_sha256: str
    training: dict[str, Any]
    measured: dict[str, Any]

    @property
    @abstractmethod
    def sees(self) -> list[Any]:
        """What decides the vectors besides weights and trunk, as JSON takes it."""

    @property
    @abstractmethod
    def finds(self) -> str:
        """What it is for, in a few words."""

    @property
    def identity(self) -> str:
        """``name@hash`` over weights, trunk and `sees`: equal identity, equal vectors."""
        content = json.dumps([self.weights_sha256, self.trunk, *self.sees])
        return f"{self.name}@{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    @property
    def extent_um(self) -> float | None:
        """Side of what it sees of an image in µm; None where it sees all, at any scale."""
        return None

    def check_modality(self, modality: str | None) -> None:
        """Raise a `BrainseekError` unless images of this modality can be embedded."""
        check_modality(self.identity, self.modalities, modality)

    def build_network(self) -> nn.Module:
        """Return its network, untrained."""
        from brainseek.embedder.networks.embedding import build_network

        return build_network(self.trunk, self.dim)

    def to_json(self) -> str:
        """Contents of the card's file."""
        fields = dataclasses.asdict(self)  # type: ignore[call-overload]
        return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_tree(cls, tree: dict[str, Any]) -> Self:
        """Make a card of the JSON object in its file; TypeError if a key is unknown or missing."""
        return cls(**tree)


def check_modality(encoder: str, known: tuple[str, ...], modality: str | None) -> None:
    """Refuse a modality that an encoder does not know, one too much or one too few."""
    if not known:
        if modality is not None:
            raise BrainseekError(
                f"the encoder {encoder} has no modalities, so '{modality}' can't be chosen; leave "
                "the modality out."
            )
    elif modality is None:
        raise BrainseekError(
            f"the encoder {encoder} must know the modality of its images; give one of "
            f"{', '.join(known)} (--modality)."
        )
    elif modality not in known:
        raise BrainseekError(
            f"the modality '{modality}' is unknown to {encoder}; choose from {', '.join(known)}."
        )
