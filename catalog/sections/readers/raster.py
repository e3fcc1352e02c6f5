"""PNG and JPEG."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.area import reduced_shape, shrink
from brainseek.catalog.sections.readers.pixels import as_supported, check_size
from brainseek.catalog.sections.readers.reader import RawImage, ReadRequest, plausible_size_um

MAX_SIDE_PX = 30_000
MAX_PIXELS = 178_000_000
"""Both formats can only be decoded as a whole, so their size is limited."""

_EXIF_ORIENTATION = 0x0112
_ON_ITS_SIDE = (5, 6, 7, 8)


def is_png(start: bytes, name: str) -> bool:
    """Tell by its first bytes whether a file is a PNG."""
    return start[:8] == b"\x89PNG\r\n\x1a\n"


def is_jpeg(start: bytes, name: str) -> bool:
    """Tell by its first bytes whether a file is a JPEG."""
    return start[:3] == b"\xff\xd8\xff"


def read(path: Path, request: ReadRequest) -> RawImage:
    """Read a PNG or JPEG; 16-bit PNGs keep their depth, EXIF orientation is applied.

    JPEGs that are at least twice too large are decoded at a half, quarter or eighth of their
    size, which is several times faster. Pixel sizes come from the density tag where plausible.

    Raises
    ------
    BrainseekError
        When the image is too large to be decoded as a whole.
    """
    from PIL import Image, ImageOps

    _check_one_plane(path, request)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=("PNG", "JPEG", "MPO"))
        except Image.DecompressionBombError:
            raise _too_large(path, "more than 178 megapixels") from None
    with image:
        width, height = image.size
        if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
            raise _too_large(path, f"{width} x {height} pixels")
        check_size(height, width, path.name)
        dpi = image.info.get("dpi")
        deep = _is_deep_colour(image)  # asked before Pillow decodes and forgets it
        on_its_side = _lies_on_its_side(image)
        out_height, out_width = reduced_shape(height, width, request.max_side)
        image.draft(None, (out_width, out_height))
        if deep:
            pixels = _decode_deep_png(path)
        else:
            ImageOps.exif_transpose(image, in_place=True)
            pixels = np.asarray(_flat(image))
    return RawImage(
        pixels=shrink(as_supported(pixels, path.name), request.max_side),
        full_shape=(width, height) if on_its_side else (height, width),
        full_pixel_size_um=_pixel_size_um(dpi, on_its_side),
    )


def _lies_on_its_side(image: Any) -> bool:
    """Tell whether EXIF swaps the rows and the columns of a picture."""
    return image.getexif().get(_EXIF_ORIENTATION, 1) in _ON_ITS_SIDE


def _check_one_plane(path: Path, request: ReadRequest) -> None:
    request.plane_of(1, path.name, "planes")
    if request.axis is not None:
        raise BrainseekError(f"{path.name} is a flat image without an axis; leave axis out.")


def _too_large(path: Path, size: str) -> BrainseekError:
    return BrainseekError(
        f"{path.name} has {size}; PNG and JPEG are read up to {MAX_SIDE_PX} pixels a side and "
        f"{MAX_PIXELS // 1_000_000} megapixels, save it as a tiled TIFF."
    )


def _flat(image: Any) -> Any:
    """Bring palette, bilevel, CMYK and other modes to gray or RGB, with alpha if there is any."""
    if image.mode in ("L", "LA", "RGB", "RGBA", "I;16", "I;16B", "I", "F"):
        return image
    if image.mode == "1":
        return image.convert("L")
    transparent = image.mode == "PA" or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _is_deep_colour(image: Any) -> bool:
    """Tell whether a PNG has 16 bits in each of several channels, which Pillow cuts to 8."""
    return image.format == "PNG" and any(
        ";16" in str(tile[3]) and image.mode != "I;16" for tile in image.tile
    )


def _decode_deep_png(path: Path) -> np.ndarray:
    """Decode a 16-bit colour PNG at full depth."""
    from imagecodecs import png_decode

    return np.asarray(png_decode(path.read_bytes()))


def _pixel_size_um(
    dpi: tuple[float, float] | None, on_its_side: bool
) -> tuple[float, float] | None:
    """Return (row, column) pixel size from dots per inch in x and y, where plausible."""
    if dpi is None or not all(dots > 0 for dots in dpi):
        return None
    column, row = (plausible_size_um(25_400 / float(dots)) for dots in dpi)
    if row is None or column is None:
        return None
    return (column, row) if on_its_side else (row, column)
