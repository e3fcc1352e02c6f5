"""What all released encoders have in common: a card, its checked weights, and a device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.card import ReleasedCard
from brainseek.embedder.cards.files import read_checked

if TYPE_CHECKING:
    import torch

CardT = TypeVar("CardT", bound=ReleasedCard)
NetworkT = TypeVar("NetworkT", bound="torch.nn.Module")


class ReleasedEncoder(Generic[CardT]):
    """A trained network with the card that says what decides its vectors.

    Its kinds narrow the type of ``network``.

    Parameters
    ----------
    card : ReleasedCard
    network : torch.nn.Module
        Already on ``device``, in evaluation mode.
    device : torch.device
    """

    def __init__(self, card: CardT, network: torch.nn.Module, device: torch.device) -> None:
        self.card = card
        self.network = network
        self.device = device

    @property
    def name(self) -> str:
        """Name under which it was loaded."""
        return self.card.name

    @property
    def identity(self) -> str:
        """``name@hash``; collections remember it."""
        return self.card.identity

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return self.card.dim


def load_weights(
    network: NetworkT, path: Path, sha256: str, device: str
) -> tuple[NetworkT, torch.device]:
    """Give a network its released weights and bring it to a device, in evaluation mode.

    Parameters
    ----------
    network : torch.nn.Module
        As its card says, untrained.
    path : Path
        The weights.
    sha256 : str
        Their checksum on the card.
    device : str
        ``"auto"`` takes a GPU where there is one; else a torch device such as ``"cpu"``.

    Raises
    ------
    BrainseekError
        If the weights don't match their card, or the device can't be used.
    """
    import torch
    from safetensors.torch import load

    from brainseek.embedder.networks.embedding import restore_state
    from brainseek.embedder.networks.memory import keep_freed_memory

    keep_freed_memory()
    restore_state(network, load(read_checked(path, sha256)))
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        target = torch.device(device)
        return network.eval().to(target), target
    except (RuntimeError, AssertionError) as error:
        raise BrainseekError(f"The device '{device}' can't be used ({error}).") from error
