"""What an ingestion did, and which files failed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """The account of an ingestion: planned = skipped + added + blank + windows that failed.

    Attributes
    ----------
    sources : int
        Files that were looked at, failed ones included.
    planned : int
        Windows (or whole planes) that the files hold under the given options.
    skipped : int
        Those whose row the collection holds already.
    added : int
        Rows that were added.
    blank : int
        Windows with the same value everywhere; they have no row.
    failed : tuple of (str, str)
        File and sentence, once for each file that could not be done, or not in full.
    seconds : float
        Time it took.
    """

    sources: int
    planned: int
    skipped: int
    added: int
    blank: int
    failed: tuple[tuple[str, str], ...]
    seconds: float


class Failures:
    """Files that can't be done, with the first sentence for each of them."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._more: dict[str, int] = {}

    def add(self, uri: str, sentence: str) -> None:
        """Note that something of a file failed."""
        if uri in self._first:
            self._more[uri] = self._more.get(uri, 0) + 1
        else:
            self._first[uri] = sentence

    def as_tuple(self) -> tuple[tuple[str, str], ...]:
        """Return (file, sentence), in the order in which they failed first."""
        return tuple(
            (uri, f"{sentence} ({self._more[uri]} more of its parts failed.)")
            if uri in self._more
            else (uri, sentence)
            for uri, sentence in self._first.items()
        )
