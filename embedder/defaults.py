"""The encoder that is taken where none is named."""

from collections.abc import Sequence
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cards.multimodal import MultimodalCard
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.registry import read_cards


def encoder_of_atlas(atlas: str, folder: Path | None = None) -> str:
    """Name of the first encoder released for an atlas.

    Raises
    ------
    BrainseekError
        If there is none.
    """
    cards = read_cards(PlateCard, folder)
    for card in cards:
        if card.atlas == atlas:
            return card.name
    raise BrainseekError(
        f"No released encoder belongs to the atlas '{atlas}': train one, or name another "
        f"(known: {', '.join(card.name for card in cards) or 'none'})."
    )


def encoder_of_cortex(planes: int | None = None, folder: Path | None = None) -> str:
    """Name of the first encoder of places on the cortex.

    Parameters
    ----------
    planes : int, optional
        Only encoders that see so many; without it those that see most come first.
    folder : Path, optional
        As in `brainseek.embedder.registry.encoder_names`.

    Raises
    ------
    BrainseekError
        If there is none.
    """
    cards = read_cards(CortexCard, folder)
    fitting = [card for card in cards if planes in (None, card.view.planes)]
    if fitting:
        return min(fitting, key=lambda card: (-card.view.planes, card.name)).name
    here = ", ".join(f"{card.name} (planes: {card.view.planes})" for card in cards)
    which = "of cortical places" if planes is None else f"for patches of {planes} plane(s)"
    raise BrainseekError(
        f"No encoder {which} is here (there are: {here or 'none'}): train cortex-geodesic and "
        "release it with `python -m brainseek.trainers.release`."
    )


def encoder_of_modalities(modalities: Sequence[str], folder: Path | None = None) -> str:
    """Name of the first encoder that knows some modalities.

    Raises
    ------
    BrainseekError
        If there is none; what the released ones know is named.
    """
    cards = read_cards(MultimodalCard, folder)
    for card in cards:
        if set(modalities) <= set(card.modalities):
            return card.name
    known = "; ".join(f"{card.name}: {', '.join(card.modalities)}" for card in cards)
    raise BrainseekError(
        f"no encoder knows {' and '.join(modalities)}; the known ones are "
        f"{known or '(none installed)'}: choose one of their modalities or train one "
        "(`brainseek train clip-nissl-af`)."
    )
