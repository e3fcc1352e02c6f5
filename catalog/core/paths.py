"""Where the project keeps its own files and where it caches downloaded ones."""

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""Folder that holds the rooms, ``data_manifest.yaml`` and ``weights/``."""


def cache_dir() -> Path:
    """Return the folder for downloaded and derived files; it is not created here.

    The environment variable ``BRAINSEEK_CACHE`` wins; otherwise it is ``brainseek`` in the
    user's cache folder of this platform (``~/.cache`` on Linux).
    """
    override = os.environ.get("BRAINSEEK_CACHE")
    if override:
        return Path(override).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("brainseek", appauthor=False)


def weights_dir() -> Path:
    """Return the folder of the released encoders.

    The environment variable ``BRAINSEEK_WEIGHTS`` wins; otherwise it is the folder of those that
    this project ships.
    """
    override = os.environ.get("BRAINSEEK_WEIGHTS")
    return Path(override).expanduser() if override else PROJECT_ROOT / "weights"
