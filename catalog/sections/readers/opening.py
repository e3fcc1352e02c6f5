"""Which kind of file it is, and one sentence for whatever goes wrong while it is decoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError


def kind_of(path: Path) -> str:
    """Return "TIFF", "PNG", "JPEG" or "NIfTI", recognised by the first bytes of a file.

    Raises
    ------
    BrainseekError
        When the file is missing, a folder, empty or of another kind.
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
    return _kind(start, path)


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


def _kind(start: bytes, path: Path) -> str:
    """Recognise a file format by its first bytes."""
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if start[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if start[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if start[344:348] in (b"n+1\0", b"ni1\0") or start[4:8] == b"n+2\0":
        return "NIfTI"
    if start[:2] == b"\x1f\x8b" and path.name.lower().endswith(".nii.gz"):
        return "NIfTI"
    raise BrainseekError(
        f"{path.name} is not an image that brainseek reads; use TIFF, PNG, JPEG or NIfTI."
    )
