"""One writer at a time in a local collection."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError

LOCK_FILE = ".writer-lock"
"""An empty file in a collection's folder; its lock is freed by the system if its holder dies."""


@contextmanager
def writer_lock(folder: Path | None) -> Iterator[None]:
    """Wait until no other process writes to this folder, and keep others waiting.

    Parameters
    ----------
    folder : Path or None
        None, for an object store: there Lance's own commit protocol is the only guard.

    Raises
    ------
    BrainseekError
        The folder can't be written.
    """
    if folder is None:
        yield
        return
    import fcntl

    try:
        handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise BrainseekError(
            f"the collection {folder} can't be written ({error.strerror}); check that the folder "
            "is there and that you may write to it."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
