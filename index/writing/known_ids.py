"""Which rows a collection holds already, sixteen bytes a row."""

from collections.abc import Iterable, Sequence

import numpy as np

from brainseek.index.collection import Collection


class KnownIds:
    """The ids of a collection, sorted; an id has 32 hexadecimal digits.

    Parameters
    ----------
    ids : iterable of str
        Ids that were not made by `brainseek.index.table.schema.row_id` are left out.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        packed = bytearray()
        for name in ids:
            if len(name) == 32:
                try:
                    packed += bytes.fromhex(name)
                except ValueError:
                    continue
        self._ids = np.sort(_pairs(bytes(packed)))

    @classmethod
    def of(cls, collection: Collection | None) -> "KnownIds":
        """Read the ids of a collection a batch at a time; None has none."""
        if collection is None:
            return cls(())
        batches = collection.table.scan(["id"])
        return cls(name for batch in batches for name in batch.column("id").to_pylist())

    def __len__(self) -> int:
        return len(self._ids)

    def missing(self, ids: Sequence[str]) -> list[int]:
        """Return the places of those ids that are not known, rising."""
        if not len(self._ids):
            return list(range(len(ids)))
        wanted = _pairs(b"".join(bytes.fromhex(name) for name in ids))
        at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        return [int(place) for place in np.flatnonzero(self._ids[at] != wanted)]


def _pairs(packed: bytes) -> np.ndarray:
    """Return ids of 16 bytes each as an array that can be sorted and compared."""
    return np.frombuffer(packed, np.dtype([("high", ">u8"), ("low", ">u8")]))
