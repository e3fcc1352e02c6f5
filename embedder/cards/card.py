"""What the cards of all released encoders have in common."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.files import card_path, released_names


class ReleasedCard(ABC):
    """Base of the cards; those are frozen dataclasses, stored with their fields in order.

    Attributes
    ----------
    name : str
    trunk, dim : str, int
        Network and length of the embedding.
    weights_sha256 : str
        Checksum of the weights beside the card.
    """

    name: str
    trunk: str
    dim: int
    weights_sha256: str

    @property
    @abstractmethod
    def sees(self) -> list[Any]:
        """What decides the vectors besides weights and trunk, as JSON takes it."""

    @property
    def identity(self) -> str:
        """``name@hash`` over weights, trunk and `sees`: equal identity, equal vectors."""
        content = json.dumps([self.weights_sha256, self.trunk, *self.sees])
        return f"{self.name}@{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def to_json(self) -> str:
        """Contents of the card's file."""
        fields = dataclasses.asdict(self)  # type: ignore[call-overload]
        return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"


CardT = TypeVar("CardT", bound=ReleasedCard)


def read_released_card(
    kind: str, name: str, folder: Path, build: Callable[[dict[str, Any]], CardT]
) -> CardT:
    """Read the card of an encoder.

    Parameters
    ----------
    kind : str
        What errors call such an encoder.
    name : str
    folder : Path
        Where weights and cards lie.
    build : callable
        Makes the card of its JSON object.

    Raises
    ------
    BrainseekError
        If the encoder is unknown (the known ones are listed) or its card is damaged.
    """
    known = released_names(folder)
    if name not in known:
        raise BrainseekError(
            f"Unknown {kind} '{name}': choose one of {', '.join(known) or '(none installed)'}."
        )
    path = card_path(name, folder)
    try:
        return build(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError) as error:
        raise BrainseekError(
            f"The card '{path}' is damaged ({error}): restore it from the project's repository."
        ) from error
