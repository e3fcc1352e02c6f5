"""What a cache was made from and consists of, sealed with checksums."""

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brainseek.index.table.files import Fragment
from brainseek.index.vector_cache.approximate import Setting

CACHE_FORMAT = 1


@dataclass(frozen=True)
class Stamp:
    """What a cache was made from, and the files it consists of.

    Attributes
    ----------
    encoder : str
    version : int
        Version of the table.
    rows, dim : int
    kind : str
        ``"flat"`` or the FAISS factory string of the codes.
    setting : Setting or None
        How an approximate search was tuned.
    fragments : tuple of Fragment
        The files of the table at that version.
    files : dict
        sha256 of each file of the cache.
    seconds : float
        How long it took to make.
    """

    encoder: str
    version: int
    rows: int
    dim: int
    kind: str
    setting: Setting | None
    fragments: tuple[Fragment, ...]
    files: dict[str, str]
    seconds: float

    def to_json(self) -> str:
        """Return the text of ``stamp.json``."""
        facts = {"format": CACHE_FORMAT, **asdict(self)}
        return json.dumps({**facts, "seal": _seal(facts)})

    @classmethod
    def from_json(cls, text: str) -> "Stamp":
        """Read the text of ``stamp.json``; raises Value-, Type-, Key- or AttributeError."""
        facts = json.loads(text)
        if facts.pop("seal") != _seal(facts):
            raise ValueError("its stamp was changed")
        if facts.pop("format") != CACHE_FORMAT:
            raise ValueError("it was made by another release")
        facts["fragments"] = tuple(Fragment(**fragment) for fragment in facts["fragments"])
        facts["setting"] = Setting(**facts["setting"]) if facts["setting"] else None
        return cls(**facts)


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the sha256 of files in a folder by name, "" for one that can't be read."""
    names = list(names)
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(lambda name: _digest(folder / name), names), strict=True))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _seal(facts: Any) -> str:
    """Return the sha256 of the facts of a stamp."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
