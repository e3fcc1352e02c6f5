"""The prepared pairs of sections on this machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.pairs.store import TABLE


@dataclass(frozen=True)
class PairStore:
    """A folder of prepared pairs.

    Attributes
    ----------
    name : str
        E.g. nissl-af.
    folder : Path
    stamp : str
        Differs when its files do.
    """

    name: str
    folder: Path
    stamp: str


def pair_stores() -> list[PairStore]:
    """Return the prepared pairs in the cache, by name; see `brainseek pairs`.

    Raises
    ------
    BrainseekError
        If one of them can't be read.
    """
    tables = sorted((cache_dir() / "pairs").glob(f"*/{TABLE}"))
    return [PairStore(table.parent.name, table.parent, _stamp(table)) for table in tables]


def _stamp(table: Path) -> str:
    try:
        facts = [(path.name, path.stat().st_size) for path in sorted(table.parent.glob("*.npz"))]
        content = table.read_bytes() + repr(facts).encode()
    except OSError as error:
        raise BrainseekError(
            f"the pairs in {table.parent} can't be read ({error.strerror}); make them anew with "
            f"`brainseek pairs {table.parent.name}`."
        ) from error
    return hashlib.sha256(content).hexdigest()[:8]
