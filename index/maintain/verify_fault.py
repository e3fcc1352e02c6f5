"""What can be wrong with a collection."""

from dataclasses import dataclass

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.table.lance_call import first_line


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a collection.

    Attributes
    ----------
    where : str
        A file inside the folder of the collection, a row or a snapshot.
    what : str
        What is wrong with it, and what to do where there is something.
    """

    where: str
    what: str


def reason(error: BrainseekError) -> str:
    """Return why something failed, without the advice that its error gives."""
    cause = error.__cause__
    return str(error) if cause is None else f"it can't be read ({first_line(cause)})"
