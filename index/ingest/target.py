"""The collection that is written: opened if it is there, made when the first rows are ready."""

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.table.lance_call import table_exists


class Target:
    """Where rows go. Nothing is made as long as there is nothing to put in.

    Parameters
    ----------
    uri : str
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

    def __init__(self, uri: str, encoder: str) -> None:
        self.uri, self.encoder = uri, encoder
        self.collection = self._opened() if table_exists(uri) else None

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

    def _opened(self) -> Collection:
        collection = Collection.open(self.uri)
        if collection.encoder != self.encoder:
            raise BrainseekError(
                f"the collection {self.uri} was written by encoder {collection.encoder} and not "
                f"by {self.encoder}, and their vectors can't be mixed; embed with "
                f"{collection.encoder}, or into another collection."
            )
        return collection
