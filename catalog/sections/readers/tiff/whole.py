"""TIFF of any size: OME, ImageJ, pyramids, stacks; read in blocks and shrunk on the way."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.area import AreaReducer, reduced_shape
from brainseek.catalog.sections.readers.pixels import check_size
from brainseek.catalog.sections.readers.reader import Planes, RawImage, ReadRequest
from brainseek.catalog.sections.readers.tiff.picture import Colours, Picture, find_picture
from brainseek.catalog.sections.readers.tiff.scale import pixel_size_um

BAND_BYTES = 8 << 20
"""How much of an uncompressed file is read at once."""

MAX_SEGMENT_BYTES = 1 << 30
"""Largest compressed strip that is decoded; it can only be decoded as a whole."""

Block = tuple[np.ndarray, int, int, int]
"""Values (rows, columns, channels) with the row, column and channel of the first one."""


def is_tiff(start: bytes, name: str) -> bool:
    """Tell by its first bytes whether a file is a TIFF or a BigTIFF."""
    return start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def planes(path: Path, request: ReadRequest) -> Planes:
    """Count the planes of the first image series."""
    import tifffile

    with tifffile.TiffFile(path) as tif:
        if not tif.series:
            return Planes(1)  # `read` says what is wrong with it
        first = find_picture(tif.series[0].levels[0], ReadRequest(slice_index=0), path.name)
        return Planes(first.n_planes)


def read(path: Path, request: ReadRequest) -> RawImage:
    """Read one plane of a TIFF, shrunk while it streams through memory.

    The first image series is taken; of a pyramid, the smallest level that is still large
    enough. Palettes become RGB and min-is-white gray is inverted.

    Raises
    ------
    BrainseekError
        When no slice of a stack was chosen, or a strip is too large to be decoded.
    """
    import tifffile

    with tifffile.TiffFile(path) as tif:
        if not tif.series:
            raise BrainseekError(f"{path.name} holds no image; export it again.")
        series = tif.series[0]
        full = find_picture(series.levels[0], request, path.name)
        check_size(full.height, full.width, path.name)
        chosen = full
        if request.max_side is not None:
            for level in series.levels[1:]:
                coarser = find_picture(level, request, path.name)
                if coarser.channels == full.channels and request.max_side <= max(
                    coarser.height, coarser.width
                ) < max(chosen.height, chosen.width):
                    chosen = coarser
        pixels = _shrunk(tif.filehandle, chosen, request.max_side, path.name)
        return RawImage(
            pixels=pixels[..., 0] if pixels.shape[2] == 1 else pixels,
            full_shape=(full.height, full.width),
            full_pixel_size_um=pixel_size_um(tif, full.what),
        )


def _shrunk(handle: Any, picture: Picture, max_side: int | None, what: str) -> np.ndarray:
    """Stream one picture through the area average; (height, width, channels)."""
    colours = Colours(picture, what)
    shape = picture.height, picture.width
    reducer = AreaReducer(shape, reduced_shape(*shape, max_side), colours.channels)
    for block, row, column, channel in _blocks(handle, picture, what):
        reducer.add(colours.of(block), row, column, channel)
    return colours.positive(reducer.result(colours.dtype))


def _blocks(handle: Any, picture: Picture, what: str) -> Iterator[Block]:
    """Walk through the values of a picture, a few megabytes at a time."""
    if picture.level.dataoffset is not None:
        return _bands(handle, picture, what)
    return _segments(handle, picture, what)


def _bands(handle: Any, picture: Picture, what: str) -> Iterator[Block]:
    """Read uncompressed, contiguous values in bands of rows."""
    dtype = np.dtype(picture.level.dtype).newbyteorder(picture.byteorder)
    planes = picture.channels if picture.separate else 1
    depth = 1 if picture.separate else picture.channels
    row_bytes = picture.width * depth * dtype.itemsize
    size = row_bytes * picture.height * planes
    start = picture.level.dataoffset + picture.plane * size
    check_end(handle, start + size, what)
    n_rows = max(1, BAND_BYTES // row_bytes)
    for channel in range(planes):
        for row in range(0, picture.height, n_rows):
            n = min(n_rows, picture.height - row)
            handle.seek(start + row_bytes * (channel * picture.height + row))
            values = np.frombuffer(handle.read(n * row_bytes), dtype)
            yield values.reshape(n, picture.width, depth), row, 0, channel


def _segments(handle: Any, picture: Picture, what: str) -> Iterator[Block]:
    """Decode tiles or strips one after the other."""
    page, key = picture.page, picture.what
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        check_end(handle, offset + count, what)
    if prod(key.chunks) * np.dtype(key.dtype).itemsize > MAX_SEGMENT_BYTES:
        raise BrainseekError(
            f"{what} is compressed as one strip of {picture.width} x {picture.height} pixels, "
            "which is too large to decode at once; save it with tiles."
        )
    for segment, (sample, _, row, column, _), extent in page.segments(
        maxworkers=1, buffersize=BAND_BYTES
    ):
        if segment is not None:
            # Tiles are stored in full; only the part inside the image counts.
            inside = segment[0, : extent[1], : extent[2]]
            yield inside, row, column, sample if picture.separate else 0


def check_end(handle: Any, end: int, what: str) -> None:
    """Refuse a file that ends before its values do.

    Raises
    ------
    BrainseekError
        It has fewer than ``end`` bytes.
    """
    if end > handle.size:
        raise BrainseekError(
            f"{what} is incomplete: its pixels should reach byte {end}, the file ends at "
            f"{handle.size}; copy or export it again."
        )
