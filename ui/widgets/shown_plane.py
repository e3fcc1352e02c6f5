"""A section as it is shown, with the patches that were cut from it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.readers.pixels import without_alpha
from brainseek.catalog.sections.readers.reader import ReadRequest
from brainseek.catalog.sections.readers.registry import read_raw
from brainseek.catalog.sections.section import section_from_array
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.preprocessing.section_gray import shrink
from brainseek.index.search.patched_planes import PatchedPlane

SHOWN_SIDE = 1024
"""Longest side in pixels at which a section is shown."""


@dataclass(frozen=True, eq=False)
class ShownPlane:
    """A plane as it is shown.

    Attributes
    ----------
    picture : ndarray of uint8, (rows, columns) or (rows, columns, 3)
        At most `SHOWN_SIDE` pixels a side.
    height, width : int
        Size of the whole plane in pixels.
    aspect : float
        Width divided by height in the tissue; differs from the pixels' where these are oblong.
    """

    picture: NDArray[np.uint8]
    height: int
    width: int
    aspect: float


def read_plane(plane: PatchedPlane) -> ShownPlane:
    """Read a plane to show it.

    Raises
    ------
    BrainseekError
        The file is not there any more or can't be read.
    """
    path = Path(plane.uri)
    raw = read_raw(path, ReadRequest(SHOWN_SIDE, plane.index, plane.axis))
    pixels = raw.pixels
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        pixels = without_alpha(pixels, path.name)
    section = section_from_array(pixels, source_uri=plane.uri)
    picture = section.image
    if picture.dtype != np.uint8:
        picture = np.rint(section.gray() * 255).astype(np.uint8)
    (height, width), (tall, wide) = raw.full_shape, raw.full_pixel_size_um or (1.0, 1.0)
    return ShownPlane(picture, height, width, width * wide / (height * tall))


def shown_gray(gray: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return gray stretched to what can be seen, at most `SHOWN_SIDE` pixels a side."""
    return shrink(spread_gray(gray), SHOWN_SIDE)
