"""What every reader returns, and which reader a file needs."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.opening import decoding, kind_of


@dataclass(frozen=True)
class RawImage:
    """Pixels as they came out of a file, at most shrunk.

    Attributes
    ----------
    pixels : ndarray, (height, width) or (height, width, channels)
        Values; an alpha channel is still there.
    full_shape : (height, width)
        Size in the file, before shrinking.
    full_pixel_size_um : (row, column) or None
        Height and width of a pixel in the file in µm, None when the file does not say.
    """

    pixels: np.ndarray
    full_shape: tuple[int, int]
    full_pixel_size_um: tuple[float, float] | None


@dataclass(frozen=True)
class ReadRequest:
    """What is wanted from a file.

    Attributes
    ----------
    max_side : int or None
        Longest side of the result in pixels; None keeps the full size.
    slice_index : int or None
        Which plane of a stack, from 0.
    axis : int or None
        The axis that the plane is perpendicular to; None takes the format's usual one.
    """

    max_side: int | None
    slice_index: int | None
    axis: int | None

    def plane_of(self, n_planes: int, what: str, kind: str) -> int:
        """Return the chosen plane of a stack.

        Raises
        ------
        BrainseekError
            When there is more than one plane and none was chosen, or the choice is outside.
        """
        index = self.slice_index
        if index is None and n_planes == 1:
            return 0
        if index is None:
            raise BrainseekError(
                f"{what} is a stack of {n_planes} {kind}; "
                f"choose one with slice_index (0 to {n_planes - 1})."
            )
        if not 0 <= index < n_planes:
            raise BrainseekError(
                f"slice {index} of {what} does not exist; choose 0 to {n_planes - 1}."
            )
        return index


_READERS = {
    "TIFF": "brainseek.catalog.sections.readers.tiff.whole",
    "PNG": "brainseek.catalog.sections.readers.raster",
    "JPEG": "brainseek.catalog.sections.readers.raster",
    "NIfTI": "brainseek.catalog.sections.readers.nifti",
}


def read_raw(path: Path, request: ReadRequest) -> RawImage:
    """Read a file with the reader that its first bytes ask for.

    Raises
    ------
    BrainseekError
        When the file is missing, empty, of an unknown kind or damaged.
    """
    kind = kind_of(path)
    with decoding(path, kind):
        return reader_of(kind)(path, request)


def reader_of(kind: str) -> Callable[[Path, ReadRequest], RawImage]:
    """Return the function that reads a whole plane of a kind of file."""
    read: Callable[[Path, ReadRequest], RawImage] = import_module(_READERS[kind]).read
    return read


def plausible_size_um(value: float | None) -> float | None:
    """Return a pixel size that a resolution tag claims, or None when it cannot be meant.

    Scanners and cameras write 72, 96, 150, 200 or 300 dpi into files whatever the magnification;
    600 dpi (42 µm) is the coarsest resolution taken for a measured one.
    """
    if value is None or not math.isfinite(value) or not 0.01 <= value <= 25_400 / 600 + 1e-6:
        return None
    return value
