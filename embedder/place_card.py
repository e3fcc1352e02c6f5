"""The card of an encoder of cortical places, ``weights/cortex/NAME.json``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import BrainseekError
from catalog.paths import weights_dir
from embedder.place_view import PlaceView


@dataclass(frozen=True)
class PlaceCard:
    """What an encoder of cortical places is and what it was measured to do.

    Attributes
    ----------
    name : str
    description : str
        One sentence on its use.
    surface, data : str
        Surface whose vertices lie in the gallery beside the weights, and the T1 volume that
        their patches were cut from, see `catalog.cortex_volumes`.
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
    def identity(self) -> str:
        """``name@hash`` over weights and view: equal identity, equal vectors."""
        content = json.dumps([self.weights_sha256, self.trunk, dataclasses.asdict(self.view)])
        return f"{self.name}@{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def to_json(self) -> str:
        """JSON text that :func:`read_place_card` reads back."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"


def places_dir() -> Path:
    """Return the folder of the place encoders that this project ships."""
    return weights_dir() / "cortex"


def place_encoder_names(folder: Path | None = None) -> list[str]:
    """Names of the place encoders that are here, sorted."""
    return sorted(path.stem for path in (folder or places_dir()).glob("*.json"))


def read_place_card(name: str, folder: Path | None = None) -> PlaceCard:
    """Read the card of a place encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown (the known ones are listed) or its card is damaged.
    """
    folder = folder or places_dir()
    known = place_encoder_names(folder)
    if name not in known:
        raise BrainseekError(
            f"Unknown place encoder '{name}': choose one of {', '.join(known) or '(none here)'}."
        )
    path = folder / f"{name}.json"
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        tree["view"] = PlaceView(**tree["view"])
        return PlaceCard(**tree)
    except (ValueError, TypeError, KeyError) as error:
        raise BrainseekError(
            f"The card '{path}' is damaged ({error}): restore it from the project's repository."
        ) from error


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
        "cortex-geodesic and release it with `python -m trainers.release_places`."
    )
