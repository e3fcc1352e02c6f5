"""A window of a TIFF plane: only the tiles, strips or rows that it touches are read."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.area import AreaReducer, reduced_shape
from brainseek.catalog.sections.readers.reader import RawImage, ReadRequest, Window
from brainseek.catalog.sections.readers.tiff import whole as tiff
from brainseek.catalog.sections.readers.tiff.kept import SegmentCache, open_tiff
from brainseek.catalog.sections.readers.tiff.picture import Colours, Picture, find_picture
from brainseek.catalog.sections.readers.tiff.scale import pixel_size_um

SEGMENTS = SegmentCache(128 << 20)
"""Neighbouring windows share tiles and, above all, strips as wide as the image."""

_JPEG = (6, 7, 33007, 34892)  # compressions whose tables stand apart from the data


def read(path: Path, window: Window, request: ReadRequest) -> RawImage:
    """Read a window of one plane of a TIFF.

    Of a pyramid, the smallest level that is still large enough is taken; the window is then
    rounded to whole pixels of that level, which is less than one pixel of the result.

    Returns
    -------
    RawImage
        ``full_shape`` is the size of the window.

    Raises
    ------
    BrainseekError
        As `catalog.sections.readers.tiff.whole.read`, or when the window leaves the plane.
    """
    tif, stamp = open_tiff(path)
    series = tif.series[0]
    full = find_picture(series.levels[0], request, path.name)
    window.check_inside((full.height, full.width), path.name)
    out_shape = reduced_shape(window.height, window.width, request.max_side)
    chosen, part = full, window
    for level in series.levels[1:]:
        coarser = find_picture(level, request, path.name)
        smaller = _at_level(window, full, coarser)
        if (
            coarser.channels == full.channels
            and coarser.height * coarser.width < chosen.height * chosen.width
            and smaller.height >= out_shape[0]
            and smaller.width >= out_shape[1]
        ):
            chosen, part = coarser, smaller
    pixels = _shrunk(tif.filehandle, chosen, part, out_shape, (stamp, path.name))
    return RawImage(
        pixels=pixels[..., 0] if pixels.shape[2] == 1 else pixels,
        full_shape=(window.height, window.width),
        full_pixel_size_um=pixel_size_um(tif, full.what),
    )


def _at_level(window: Window, full: Picture, level: Picture) -> Window:
    """Return the window in pixels of a coarser level."""
    down, across = level.height / full.height, level.width / full.width
    top, left = round(window.row * down), round(window.column * across)
    bottom = round((window.row + window.height) * down)
    right = round((window.column + window.width) * across)
    return Window(top, left, bottom - top, right - left)


def _shrunk(
    handle: Any,
    picture: Picture,
    window: Window,
    out_shape: tuple[int, int],
    name: tuple[Any, str],
) -> np.ndarray:
    """Stream a window of a picture through the area average; (height, width, channels)."""
    colours = Colours(picture, name[1])
    shape = (window.height, window.width)
    reducer: AreaReducer | _Copier
    if out_shape == shape:
        reducer = _Copier(shape, colours.channels, colours.dtype)
    else:
        reducer = AreaReducer(shape, out_shape, colours.channels)
    for block, row, column, channel in _blocks(handle, picture, window, name):
        top, left = max(window.row - row, 0), max(window.column - column, 0)
        inside = block[top : window.row + window.height - row]
        inside = inside[:, left : window.column + window.width - column]
        reducer.add(
            colours.of(inside), row + top - window.row, column + left - window.column, channel
        )
    return colours.positive(reducer.result(colours.dtype))


class _Copier:
    """Collects blocks as `AreaReducer` does, when nothing has to be shrunk."""

    def __init__(self, shape: tuple[int, int], channels: int, dtype: np.dtype) -> None:
        self._pixels = np.zeros((*shape, channels), dtype)

    def add(self, block: np.ndarray, row: int, column: int, channel: int = 0) -> None:
        rows, columns, channels = block.shape
        self._pixels[row : row + rows, column : column + columns, channel : channel + channels] = (
            block
        )

    def result(self, dtype: np.dtype) -> np.ndarray:
        return self._pixels


def _blocks(
    handle: Any, picture: Picture, window: Window, name: tuple[Any, str]
) -> Iterator[tiff.Block]:
    """Walk through the blocks that a window touches; they may reach beyond it."""
    if picture.level.dataoffset is not None:
        return _rows(handle, picture, window, name[1])
    return _segments(handle, picture, window, name)


def _rows(handle: Any, picture: Picture, window: Window, what: str) -> Iterator[tiff.Block]:
    """Read the window's part of each row of uncompressed, contiguous values."""
    dtype = np.dtype(picture.level.dtype).newbyteorder(picture.byteorder)
    planes = picture.channels if picture.separate else 1
    depth = 1 if picture.separate else picture.channels
    pixel_bytes = depth * dtype.itemsize
    row_bytes = picture.width * pixel_bytes
    start = picture.level.dataoffset + picture.plane * row_bytes * picture.height * planes
    tiff.check_end(handle, start + row_bytes * picture.height * planes, what)
    n_rows = max(1, tiff.BAND_BYTES // (window.width * pixel_bytes))
    for channel in range(planes):
        corner = start + channel * picture.height * row_bytes + window.column * pixel_bytes
        for top in range(window.row, window.row + window.height, n_rows):
            n = min(n_rows, window.row + window.height - top)
            band = bytearray()
            for row in range(top, top + n):
                handle.seek(corner + row * row_bytes)
                band += handle.read(window.width * pixel_bytes)
            values = np.frombuffer(band, dtype).reshape(n, window.width, depth)
            yield values, top, window.column, channel


def _segments(
    handle: Any, picture: Picture, window: Window, name: tuple[Any, str]
) -> Iterator[tiff.Block]:
    """Decode the tiles or strips that the window touches."""
    page, key = picture.page, picture.what
    height = key.tilelength if key.is_tiled else min(key.rowsperstrip, picture.height)
    width = key.tilewidth if key.is_tiled else picture.width
    n_down, n_across = -(-picture.height // height), -(-picture.width // width)
    if prod(key.chunks) * np.dtype(key.dtype).itemsize > tiff.MAX_SEGMENT_BYTES:
        raise BrainseekError(
            f"{name[1]} is compressed in strips of {width} x {height} pixels, "
            "which are too large to decode at once; save it with tiles."
        )
    offsets, counts = page.dataoffsets, page.databytecounts
    for sample in range(picture.channels if picture.separate else 1):
        for down in range(window.row // height, -(-(window.row + window.height) // height)):
            for across in range(
                window.column // width, -(-(window.column + window.width) // width)
            ):
                number = (sample * n_down + down) * n_across + across
                if number >= len(counts) or counts[number] == 0:
                    continue  # nothing is stored there: zeros
                tiff.check_end(handle, offsets[number] + counts[number], name[1])
                found = SEGMENTS.get(
                    (name[0], offsets[number], number),
                    lambda number=number: _decode(handle, page, key, number),  # type: ignore[misc]
                )
                yield found, down * height, across * width, sample


def _decode(handle: Any, page: Any, key: Any, number: int) -> np.ndarray:
    """Read and decode one tile or strip, cut to its part inside the image."""
    handle.seek(page.dataoffsets[number])
    data = handle.read(page.databytecounts[number])
    tables = {}
    if key.compression in _JPEG:
        tables = {"jpegtables": page.jpegtables, "jpegheader": key.jpegheader}
    segment, _, extent = key.decode(data, number, **tables)
    return np.asarray(segment[0, : extent[1], : extent[2]])
