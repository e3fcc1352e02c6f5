"""The card of an encoder of cortical places, ``weights/cortex/NAME.json``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.card import ReleasedCard, read_released_card
from brainseek.embedder.cards.files import released_names
from brainseek.embedder.preprocessing.cortex_view import PlaceView


@dataclass(frozen=True)
class PlaceCard(ReleasedCard):
    """What an encoder of cortical places is and what it was measured to do.

    Attributes
    ----------
    name : str
    description : str
        One sentence on its use.
    surface, data : str
        Surface whose vertices lie in the gallery beside the weights, and the T1 volume that
        their patches were cut from, see `brainseek.catalog.cortex.t1_volumes`.
    trunk, dim : str, int
        Network and length of the embedding.
    view : PlaceView
        What a patch shows.
    weights_sha256, gallery_sha256 : str
        Checksums of the files beside the card.
    training : dict
        Settings, environment and data of the run.
    measured : dict
        Validation scores of this very state.
    """

    name: str
    description: str
    surface: str
    data: str
    trunk: str
    dim: int
    view: PlaceView
    weights_sha256: str
    gallery_sha256: str
    training: dict[str, Any]
    measured: dict[str, Any]

    @property
    def sees(self) -> list[Any]:
        """The view."""
        return [dataclasses.asdict(self.view)]


def places_dir() -> Path:
    """Return the folder of the place encoders that this project ships."""
    return weights_dir() / "cortex"


def place_encoder_names(folder: Path | None = None) -> list[str]:
    """Names of the place encoders that are here, sorted."""
    return released_names(folder or places_dir())


def read_place_card(name: str, folder: Path | None = None) -> PlaceCard:
    """Read the card of a place encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown (the known ones are listed) or its card is damaged.
    """
    return read_released_card("place encoder", name, folder or places_dir(), _built)


def _built(tree: dict[str, Any]) -> PlaceCard:
    tree["view"] = PlaceView(**tree["view"])
    return PlaceCard(**tree)


def default_place_encoder(planes: int | None = None, folder: Path | None = None) -> str:
    """Name of the encoder that is taken where none is named.

    Parameters
    ----------
    planes : int, optional
        Only encoders that see so many; without it those that see most come first.
    folder : Path, optional
        Where weights and cards lie, if not in the project's ``weights/cortex``.

    Returns
    -------
    str
        Of several the first by name.

    Raises
    ------
    BrainseekError
        If there is none.
    """
    cards = [read_place_card(name, folder) for name in place_encoder_names(folder)]
    fitting = [card for card in cards if planes in (None, card.view.planes)]
    if fitting:
        return min(fitting, key=lambda card: (-card.view.planes, card.name)).name
    here = ", ".join(f"{card.name} (planes: {card.view.planes})" for card in cards)
    which = "of cortical places" if planes is None else f"for patches of {planes} plane(s)"
    raise BrainseekError(
        f"No encoder {which} lies in '{folder or places_dir()}' (there: {here or 'none'}): train "
        "cortex-geodesic and release it with `python -m brainseek.trainers.release.cortex`."
    )
