"""All kinds of image files, and which of them a file is.

To add one, copy `raster.py`, which is the smallest: a file in this folder with

1. ``knows(start, name)``, by the first bytes and never by the name alone;
2. ``read(path, request)``, which returns a `RawImage` and lets its decoder raise what it likes;
3. what else can be done without decoding: `Reader` names three optional functions;

then write one line into `READERS`. Nothing else knows the kinds.
"""

from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers import nifti, raster
from brainseek.catalog.sections.readers.opening import decoding, first_bytes
from brainseek.catalog.sections.readers.reader import RawImage, Reader, ReadRequest
from brainseek.catalog.sections.readers.tiff import whole as tiff
from brainseek.catalog.sections.readers.tiff import window as tiff_window

READERS = (
    Reader("PNG", (".png",), raster.is_png, raster.read),
    Reader("JPEG", (".jpg", ".jpeg"), raster.is_jpeg, raster.read),
    Reader("TIFF", (".tif", ".tiff"), tiff.is_tiff, tiff.read, tiff.planes, tiff_window.read),
    Reader("NIfTI", (".nii", ".nii.gz"), nifti.is_nifti, nifti.read, planes=nifti.planes),
)


def reader_of(path: Path) -> Reader:
    """Return what reads a file, recognised by its first bytes.

    Raises
    ------
    BrainseekError
        When the file is missing, a folder, empty or of another kind.
    """
    start = first_bytes(path)
    for reader in READERS:
        if reader.knows(start, path.name.lower()):
            return reader
    *kinds, last = (reader.kind for reader in READERS)
    raise BrainseekError(
        f"{path.name} is not an image that brainseek reads; use {', '.join(kinds)} or {last}."
    )


def read_raw(path: Path, request: ReadRequest) -> RawImage:
    """Read one plane of a file.

    Raises
    ------
    BrainseekError
        When the file is missing, empty, of an unknown kind or damaged.
    """
    reader = reader_of(path)
    with decoding(path, reader.kind):
        return reader.read(path, request)
