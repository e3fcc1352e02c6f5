"""The card of an encoder: what it is, what it was trained on, what it was measured to do."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import BrainseekError
from catalog.paths import weights_dir
from embedder.preprocess import Preprocessing


@dataclass(frozen=True)
class Card:
    """Contents of ``weights/NAME.json``.

    Attributes
    ----------
    name : str
        Name of the encoder.
    description : str
        One sentence on its use.
    atlas : str
        Atlas whose plates lie in the gallery beside the weights.
    trunk, dim : str, int
        Network and length of the embedding.
    views : tuple of str
        Views of a section whose embeddings are averaged, see :mod:`embedder.views`.
    preprocessing : Preprocessing
    weights_sha256, gallery_sha256 : str
        Checksums of the files beside the card.
    training : dict
        Recipe, seed, commit, data and machine of the run.
    measured : dict
        Validation scores of this very state.
    """

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
    def identity(self) -> str:
        """``name@hash`` over weights, views and preprocessing: equal identity, equal vectors."""
        content = json.dumps(
            [self.weights_sha256, self.trunk, self.views, dataclasses.asdict(self.preprocessing)]
        )
        return f"{self.name}@{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def to_json(self) -> str:
        """JSON text that :func:`read_card` reads back."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"


def encoder_names(folder: Path | None = None) -> list[str]:
    """Names of the encoders whose weights are here, sorted."""
    found = (path.name for path in (folder or weights_dir()).glob("*.safetensors"))
    return sorted(n.removesuffix(".safetensors") for n in found if ".gallery." not in n)


def read_card(name: str, folder: Path | None = None) -> Card:
    """Read the card of an encoder.

    Raises
    ------
    BrainseekError
        If the encoder is unknown (the known ones are listed) or its card is damaged.
    """
    folder = folder or weights_dir()
    path = folder / f"{name}.json"
    known = encoder_names(folder)
    if name not in known or not path.is_file():
        raise BrainseekError(
            f"Unknown encoder '{name}': choose one of {', '.join(known) or '(none installed)'}."
        )
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        tree["preprocessing"] = Preprocessing(**tree["preprocessing"])
        tree["views"] = tuple(tree["views"])
        return Card(**tree)
    except (ValueError, TypeError, KeyError) as error:
        raise BrainseekError(
            f"The card '{path}' is damaged ({error}): restore it from the project's repository."
        ) from error


def encoder_for(atlas: str, folder: Path | None = None) -> str:
    """Name of the encoder released for an atlas.

    Raises
    ------
    BrainseekError
        If there is none.
    """
    for name in encoder_names(folder):
        if read_card(name, folder).atlas == atlas:
            return name
    raise BrainseekError(
        f"No released encoder belongs to the atlas '{atlas}': train one, or name another "
        f"(known: {', '.join(encoder_names(folder)) or 'none'})."
    )


def read_checked(path: Path, sha256: str) -> bytes:
    """Contents of a file whose checksum must match the card.

    Raises
    ------
    BrainseekError
        If the file is missing, truncated or changed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BrainseekError(f"The weights file '{path}' can't be read ({error}).") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise BrainseekError(
            f"The weights file '{path}' ({len(content)} bytes) is truncated or was changed: its "
            f"sha256 begins {found[:12]}, its card says {sha256[:12]}. Restore it from the "
            "project's repository."
        )
    return content
