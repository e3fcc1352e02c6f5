"""The collection that is written: opened if it is there, made when the first rows are ready."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.table.lance_call import table_exists
from brainseek.index.table.schema import Row

COMMIT_ROWS = 4096
"""Rows that :meth:`CollectionWriter.write` writes at once, at least."""


@dataclass(frozen=True)
class Written:
    """A collection, and how many rows a call wrote to it."""

    collection: Collection
    rows: int


class CollectionWriter:
    """Where rows go. Nothing is made as long as there is nothing to put in.

    Parameters
    ----------
    uri : path or str
        Folder of the collection or ``s3://bucket/key``.
    encoder : str
        Identity of the encoder that will write, ``name@hash``.

    Attributes
    ----------
    collection : Collection or None
        None until :meth:`ready` has made it.

    Raises
    ------
    BrainseekError
        Another encoder wrote it, it is damaged or out of reach.
    """

    def __init__(self, uri: Path | str, encoder: str) -> None:
        self.uri, self.encoder = str(uri), encoder
        self.collection = self._opened() if table_exists(self.uri) else None

    def ready(self, dim: int) -> Collection:
        """Return the collection; make it if there is none.

        Parameters
        ----------
        dim : int
            Length of the encoder's vectors.

        Raises
        ------
        BrainseekError
            It can't be written.
        """
        if self.collection is None:
            try:
                self.collection = Collection.create(self.uri, self.encoder, dim)
            except BrainseekError:
                if not table_exists(self.uri):
                    raise
                self.collection = self._opened()  # another process was faster
        return self.collection

    def write(self, batches: Iterable[list[Row]], dim: int) -> int:
        """Add rows, at least `COMMIT_ROWS` at once; return how many.

        Parameters
        ----------
        batches : iterable of lists of Row
        dim : int
            Length of their vectors.
        """
        waiting: list[Row] = []
        written = 0
        for batch in batches:
            waiting += batch
            if len(waiting) >= COMMIT_ROWS:
                self.ready(dim).add(waiting)
                written, waiting = written + len(waiting), []
        if waiting:
            self.ready(dim).add(waiting)
        return written + len(waiting)

    def _opened(self) -> Collection:
        collection = Collection.open(self.uri)
        if collection.encoder != self.encoder:
            raise BrainseekError(
                f"the collection {self.uri} was written by encoder {collection.encoder} and not "
                f"by {self.encoder}, and their vectors can't be mixed; embed with "
                f"{collection.encoder}, or into another collection."
            )
        return collection
