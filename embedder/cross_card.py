"""The card of a two-modality encoder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import BrainseekError
from catalog.paths import weights_dir


@dataclass(frozen=True)
class CrossCard:
    """Contents of ``weights/crossmodal/NAME.json``.

    Attributes
    ----------
    name : str
    description : str
        One sentence on its use.
    modalities : tuple of str
        What it knows.
    side_px, pixel_um : int, float
        Side of the patches in pixels, and of a pixel in µm.
    trunk, dim, shared : str, int, bool
        As in `embedder.two_tower.TwoTowerNetwork`.
    weights_sha256 : str
        Checksum of the weights beside the card.
    training, measured : dict
        Recipe, data, commit and machine of the run; scores of this very state.
    """

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
    def identity(self) -> str:
        """``name@hash`` over weights, network and patches: equal identity, equal vectors."""
        content = json.dumps(
            [
                self.weights_sha256,
                self.trunk,
                self.shared,
                self.modalities,
                self.side_px,
                self.pixel_um,
            ]
        )
        return f"{self.name}@{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def to_json(self) -> str:
        """JSON text that :func:`read_cross_card` reads back."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"


def cross_folder() -> Path:
    """Return the folder of the two-modality encoders that the project ships."""
    return weights_dir() / "crossmodal"


def cross_encoder_names(folder: Path | None = None) -> list[str]:
    """Names of the two-modality encoders whose weights are here, sorted."""
    return sorted(path.stem for path in (folder or cross_folder()).glob("*.safetensors"))


def read_cross_card(name: str, folder: Path | None = None) -> CrossCard:
    """Read the card of a two-modality encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown (the known ones are listed) or its card is damaged.
    """
    folder = folder or cross_folder()
    path = folder / f"{name}.json"
    known = cross_encoder_names(folder)
    if name not in known or not path.is_file():
        raise BrainseekError(
            f"Unknown two-modality encoder '{name}': choose one of "
            f"{', '.join(known) or '(none installed)'}."
        )
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        tree["modalities"] = tuple(tree["modalities"])
        return CrossCard(**tree)
    except (ValueError, TypeError, KeyError) as error:
        raise BrainseekError(
            f"The card '{path}' is damaged ({error}): restore it from the project's repository."
        ) from error
