"""One plane of a TIFF at one pyramid level: where its values lie and what they mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.pixels import as_supported
from brainseek.catalog.sections.readers.reader import ReadRequest

_MINISWHITE, _RGB, _PALETTE = 0, 2, 3  # photometric interpretations
_OTHER_COLOURS = (5, 8, 9, 10)  # CMYK and three kinds of L*a*b*
_ALPHA = (1, 2)  # associated and unassociated


@dataclass(frozen=True)
class Picture:
    """One plane at one pyramid level: where its values lie and what they mean.

    Attributes
    ----------
    level, page : object
        tifffile's series level and the page in it.
    plane, n_planes : int
        Which plane of how many.
    height, width, channels : int
    separate : bool
        The channels lie one after the other, each as a plane.
    """

    level: Any
    page: Any
    plane: int
    n_planes: int
    height: int
    width: int
    channels: int
    separate: bool

    @property
    def what(self) -> Any:
        """The page that describes the values (a stack's later pages only hold offsets)."""
        return self.page.keyframe

    @property
    def byteorder(self) -> str:
        """Byte order of the file that holds it, ``<`` or ``>``."""
        return str(self.what.parent.byteorder)


class Colours:
    """How the values that a picture stores become pixels.

    Parameters
    ----------
    picture : Picture
    what : str
        How errors call the file.

    Attributes
    ----------
    channels : int
        Of the pixels; a palette becomes RGB.
    dtype : dtype
        uint8, uint16 or float32.
    """

    def __init__(self, picture: Picture, what: str) -> None:
        self._key, self._what, self._palette = picture.what, what, None
        self.channels = picture.channels
        self.dtype = as_supported(np.zeros(1, self._key.dtype), what).dtype
        colormap = self._key.colormap if self._key.photometric == _PALETTE else None
        if colormap is not None and picture.channels == 1:
            self._palette = (np.asarray(colormap).T >> 8).astype(np.uint8)
            self.channels, self.dtype = 3, self._palette.dtype

    def of(self, block: np.ndarray) -> np.ndarray:
        """Return the pixels of a block of values (rows, columns, channels), not yet inverted."""
        if self._palette is not None:
            return np.asarray(self._palette[block[..., 0]])
        return as_supported(block.astype(self._key.dtype, copy=False), self._what)

    def positive(self, pixels: np.ndarray) -> np.ndarray:
        """Return the pixels of the whole picture, min-is-white gray inverted."""
        if self._key.photometric == _MINISWHITE and self.dtype.kind == "u":
            return np.asarray(np.iinfo(self.dtype).max - pixels)
        return pixels


def find_picture(level: Any, request: ReadRequest, what: str) -> Picture:
    """Find the plane that was asked for in one pyramid level.

    Raises
    ------
    BrainseekError
        When the plane was not chosen, doesn't exist or can't be read in parts, or its channels
        are neither gray nor RGB.
    """
    stack_axes = [
        (name, size)
        for name, size in zip(level.axes, level.shape, strict=True)
        if name not in "YXS" and size > 1
    ]
    if len(stack_axes) > 1:
        raise BrainseekError(
            f"{what} has {len(level.shape)} dimensions ({level.axes}: {level.shape}); "
            "save one plane, or a stack along one axis, as its own file."
        )
    if request.axis not in (None, 0) or (request.axis == 0 and not stack_axes):
        raise BrainseekError(
            f"axis {request.axis} does not apply to {what}: planes of a TIFF stack lie along "
            "axis 0 and a flat image has none; leave axis out."
        )
    n_planes = stack_axes[0][1] if stack_axes else 1
    plane = request.plane_of(n_planes, what, "planes")
    pages = level.pages
    page = pages[plane] if len(pages) == n_planes else pages[0]
    key = page.keyframe
    if key.imagedepth > 1 or (len(pages) != n_planes and level.dataoffset is None):
        raise BrainseekError(
            f"{what} stores its planes together in a way that cannot be read in parts; "
            "save one plane as its own file."
        )
    _check_channels(key, what)
    return Picture(
        level=level,
        page=page,
        plane=plane,
        n_planes=n_planes,
        height=key.imagelength,
        width=key.imagewidth,
        channels=key.samplesperpixel,
        separate=key.planarconfig == 2 and key.samplesperpixel > 1,
    )


def _check_channels(key: Any, what: str) -> None:
    """Accept gray and RGB, each with or without alpha."""
    n, alpha = key.samplesperpixel, bool(set(key.extrasamples) & set(_ALPHA))
    if key.photometric in _OTHER_COLOURS:
        raise BrainseekError(f"{what} is stored as {key.photometric.name}; save it as RGB or gray.")
    if n in (1, 3) or (n == 2 and alpha) or (n == 4 and key.photometric == _RGB):
        return
    raise BrainseekError(
        f"{what} has {n} channels per pixel, which is neither gray nor RGB; "
        "save the one that shows the tissue best as its own file."
    )
