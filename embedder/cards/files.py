"""The files of released encoders: weights and galleries, with the card that they are checked by."""

import hashlib
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir

_WEIGHTS, _GALLERY = ".safetensors", ".gallery.safetensors"


def released_names(folder: Path) -> list[str]:
    """Names of the encoders whose weights and cards are in a folder, sorted."""
    files = [path.name for path in folder.glob(f"*{_WEIGHTS}")]
    names = (file.removesuffix(_WEIGHTS) for file in files if not file.endswith(_GALLERY))
    return sorted(name for name in names if card_path(name, folder).is_file())


def card_path(name: str, folder: Path) -> Path:
    """Path of an encoder's card."""
    return folder / f"{name}.json"


def weights_path(name: str, folder: Path) -> Path:
    """Path of an encoder's weights."""
    return folder / f"{name}{_WEIGHTS}"


def gallery_path(name: str, folder: Path) -> Path:
    """Path of an encoder's gallery."""
    return folder / f"{name}{_GALLERY}"


def release_folder(task: str) -> Path:
    """Return where the project keeps the encoders for a task; those of plates lie at the top."""
    return weights_dir() if task == "plates" else weights_dir() / task


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
