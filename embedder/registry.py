"""All encoders by name: their cards, and loading them."""

import dataclasses
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, overload

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.card import Card
from brainseek.embedder.cards.files import card_path, read_checked, released_names, weights_path
from brainseek.embedder.cortex_encoder import CortexEncoder
from brainseek.embedder.encoder import Encoder
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.plate_encoder import PlateEncoder

KINDS: dict[str, type[Encoder]] = {
    kind.card_type.task: kind for kind in (PlateEncoder, CortexEncoder, MultimodalEncoder)
}
"""The kinds of encoders by what they are for."""

CardT = TypeVar("CardT", bound=Card)
EncoderT = TypeVar("EncoderT", bound=Encoder)


def encoder_names(task: str | None = None, folder: Path | None = None) -> list[str]:
    """Names of the encoders that are here, sorted.

    Parameters
    ----------
    task : str, optional
        Only those for it, one of `KINDS`: plates, cortex, modalities.
    folder : Path, optional
        Where weights and cards lie, themselves or in folders called as a task; the project's
        ``weights/`` by default.

    Raises
    ------
    BrainseekError
        If the task is unknown, or a card is damaged.
    """
    if task is not None and task not in KINDS:
        raise BrainseekError(f"no encoder is for '{task}'; choose from {', '.join(KINDS)}.")
    names = sorted(_homes(folder))
    return [name for name in names if task is None or read_card(name, folder).task == task]


@overload
def read_card(name: str, folder: Path | None = None) -> Card: ...
@overload
def read_card(name: str, folder: Path | None = None, *, kind: type[CardT]) -> CardT: ...
def read_card(name: str, folder: Path | None = None, *, kind: type[Card] = Card) -> Card:  # type: ignore[type-abstract]
    """Read the card of an encoder.

    Parameters
    ----------
    name : str
    folder : Path, optional
        As in `encoder_names`.
    kind : type, optional
        The kind of card that is needed, e.g. `brainseek.embedder.cards.plates.PlateCard`.

    Raises
    ------
    BrainseekError
        If the encoder is unknown or of another kind (those that fit are listed), or its card is
        damaged.
    """
    return _read(name, folder, kind)[1]


def read_cards(kind: type[CardT], folder: Path | None = None) -> list[CardT]:
    """Read the cards of all encoders of a kind, in the order of their names."""
    return [read_card(name, folder, kind=kind) for name in encoder_names(kind.task, folder)]


@overload
def load_encoder(name: str, device: str = "auto", folder: Path | None = None) -> Encoder: ...
@overload
def load_encoder(
    name: str, device: str = "auto", folder: Path | None = None, *, kind: type[EncoderT]
) -> EncoderT: ...
def load_encoder(
    name: str,
    device: str = "auto",
    folder: Path | None = None,
    *,
    kind: type[Encoder] = Encoder,  # type: ignore[type-abstract]
) -> Encoder:
    """Load a released encoder; the last few are kept, until their files change.

    Parameters
    ----------
    name : str
        E.g. ``"plates-mouse-nissl"``; :func:`encoder_names` lists them.
    device : str
        ``"auto"`` takes a GPU where there is one; else a torch device such as ``"cpu"``.
    folder : Path, optional
        As in `encoder_names`.
    kind : type, optional
        The kind of encoder that is needed, e.g. `PlateEncoder`.

    Raises
    ------
    BrainseekError
        If the name is unknown or one of another kind (those that fit are listed), the weights
        don't match their card, or the device can't be used.
    """
    import torch

    home, card = _read(name, folder, getattr(kind, "card_type", Card))  # type: ignore[type-abstract]
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    file = weights_path(name, home).stat()
    return _kept(name, home.resolve(), card.to_json(), (file.st_mtime_ns, file.st_size), device)


@lru_cache(maxsize=4)
def _kept(name: str, home: Path, card: str, state: tuple[int, int], device: str) -> Encoder:
    import torch
    from safetensors.torch import load

    from brainseek.embedder.networks.embedding import keep_freed_memory, restore_state

    keep_freed_memory()
    found = _card(card)
    network = found.build_network()
    restore_state(network, load(read_checked(weights_path(name, home), found.weights_sha256)))
    try:
        target = torch.device(device)
        network = network.eval().to(target)
    except (RuntimeError, AssertionError) as error:
        raise BrainseekError(f"The device '{device}' can't be used ({error}).") from error
    kind = KINDS[found.task]
    if kind.channels_last:
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return kind(found, network, target)


def home_of(name: str, folder: Path | None = None) -> Path:
    """Return the folder in which weights, card and gallery of an encoder lie.

    Raises
    ------
    BrainseekError
        If the encoder is unknown; the known ones are listed.
    """
    homes = _homes(folder)
    if name not in homes:
        raise _unfit(f"Unknown encoder '{name}'", sorted(homes))
    return homes[name]


def _homes(folder: Path | None) -> dict[str, Path]:
    """Return every encoder's name with the folder that it lies in."""
    base = folder or weights_dir()
    places = (base, *(base / task for task in KINDS))
    return {name: place for place in reversed(places) for name in released_names(place)}


def _read(name: str, folder: Path | None, kind: type[Card]) -> tuple[Path, Card]:
    """Return where an encoder lies, and its card."""
    home = home_of(name, folder)
    path = card_path(name, home)
    try:
        card = _card(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BrainseekError(
            f"The card '{path}' is damaged ({error}): restore it from the project's repository."
        ) from error
    if not isinstance(card, kind):
        raise _unfit(
            f"The encoder '{name}' is for {card.task} and one for {kind.task} is needed",
            encoder_names(kind.task, folder),
        )
    return home, card


def _unfit(why: str, fitting: list[str]) -> BrainseekError:
    return BrainseekError(f"{why}: choose one of {', '.join(fitting) or '(none installed)'}.")


def _card(text: str) -> Card:
    """Return the card of the kind whose fields a JSON object has."""
    tree: dict[str, Any] = json.loads(text)
    for kind in KINDS.values():
        fields = dataclasses.fields(kind.card_type)  # type: ignore[arg-type]
        if {field.name for field in fields} == set(tree):
            return kind.card_type.from_tree(tree)
    raise ValueError("its entries are those of no kind of encoder")
