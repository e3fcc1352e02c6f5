"""The first bytes of a file, and one sentence for whatever goes wrong while it is decoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError


def first_bytes(path: Path) -> bytes:
    """Return the first 352 bytes of a file, which tell its kind.

    Raises
    ------
    BrainseekError
        When the file is missing, a folder or empty.
    """
    if path.is_dir():
        raise BrainseekError(f"{path} is a folder; give an image file inside it.")
    try:
        with path.open("rb") as file:
            start = file.read(352)
    except FileNotFoundError:
        raise BrainseekError(f"{path} does not exist; check the file name.") from None
    except OSError as error:
        raise BrainseekError(
            f"{path} cannot be opened ({error.strerror}); check the path and its permissions."
        ) from error
    if not start:
        raise BrainseekError(f"{path.name} is empty (0 bytes); copy or export it again.")
    return start


@contextmanager
def decoding(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a decoder raises on a damaged file into a `BrainseekError`."""
    try:
        yield
    except BrainseekError:
        raise
    except MemoryError:
        raise BrainseekError(
            f"{path.name} does not fit into memory; save it as a tiled TIFF or shrink it."
        ) from None
    except Exception as error:  # decoders raise whatever they like on damaged files
        reason = " ".join(str(error).split())[:150] or type(error).__name__
        raise BrainseekError(
            f"{path.name} is a damaged or incomplete {kind} file ({reason}); "
            "copy or export it again."
        ) from error
