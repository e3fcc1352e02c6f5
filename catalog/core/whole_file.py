"""Files that are whole or not there: written beside their place, then renamed."""

import os
import tempfile
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file beside its place, rename it once it is on disk, and return its path.

    Raises
    ------
    BrainseekError
        The folder is missing or can't be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.chmod(0o666 & ~_umask())
        fresh.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)
    return path


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk; raises `OSError`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_writable(folder: Path, sentence: str) -> Path:
    """Make a folder if it is not there yet, try to write into it, and return its path.

    Parameters
    ----------
    sentence
        What to say if that fails; ``{folder}`` and ``{reason}`` in it are filled in.

    Raises
    ------
    BrainseekError
        It is a file, or can't be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise BrainseekError(sentence.format(folder=folder, reason=reason)) from error
    return folder


def writable_folder(folder: Path) -> Path:
    """Make a folder for results as `make_writable` does, with its errors, and return its path."""
    return make_writable(
        folder, "the output folder {folder} can't be written ({reason}); choose another one."
    )


def _umask() -> int:
    """Return the mask that ordinary new files of this process would get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> BrainseekError:
    return BrainseekError(
        f"{path} can't be written ({error.strerror}); choose a place in a folder that exists "
        "and that you may write to."
    )
