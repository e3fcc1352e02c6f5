"""A section: one 2-D image of tissue, and reading one from a file."""

import io
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import write_whole
from brainseek.catalog.sections.readers.area import reduced_shape
from brainseek.catalog.sections.readers.pixels import MIN_SIDE_PX, checked_pixels, without_alpha
from brainseek.catalog.sections.readers.reader import RawImage, ReadRequest
from brainseek.catalog.sections.readers.registry import read_raw

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_DISPLAY_PERCENTILES = (0.1, 99.9)
_SQUARE_TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class Section:
    """One 2-D image of tissue. Make one with `read_section` or `section_from_array`.

    Attributes
    ----------
    image : ndarray, (height, width) or (height, width, 3)
        uint8, uint16 or float32; row 0 is the top, colours are RGB.
    pixel_size_um : float or None
        Side of a (square) pixel of ``image`` in µm; None when it is not known.
    stain : str or None
        Stain or modality, e.g. "Nissl".
    specimen : str or None
        The animal or person it comes from.
    source_uri : str or None
        Where it was read from.
    tissue_mask : ndarray of bool, (height, width), or None
        True where there is tissue.
    file_shape : (height, width) or None
        Size in the file that it was read from, before shrinking; None when it was not read.
    """

    image: np.ndarray
    pixel_size_um: float | None = None
    stain: str | None = None
    specimen: str | None = None
    source_uri: str | None = None
    tissue_mask: np.ndarray | None = None
    file_shape: tuple[int, int] | None = None

    def gray(self) -> np.ndarray:
        """Return the image as float32 gray in 0 … 1, (height, width).

        Colours are weighted as in ITU-R BT.601. 8-bit values are divided by 255; 16-bit and
        float values are stretched so that their 0.1 and 99.9 percentiles become 0 and 1, and
        clipped there, because such images rarely use their range.
        """
        values = self.image @ _LUMINANCE if self.image.ndim == 3 else self.image
        if self.image.dtype == np.uint8:
            gray = np.divide(values, 255, dtype=np.float32)
            return np.minimum(gray, 1, out=gray)
        low, high = np.percentile(values, _DISPLAY_PERCENTILES)
        if not high > low:
            low, high = values.min(), values.max()
        return np.asarray(np.clip((values - low) / max(high - low, 1e-30), 0, 1), np.float32)


def section_from_array(
    array: np.ndarray,
    pixel_size_um: float | None = None,
    *,
    stain: str | None = None,
    specimen: str | None = None,
    source_uri: str | None = None,
    tissue_mask: np.ndarray | None = None,
) -> Section:
    """Make a section from an image in memory.

    Parameters
    ----------
    array : ndarray, (height, width) or (height, width, 1 | 3 | 4)
        Any real type: bool becomes 0 and 255, types other than uint8 and uint16 become float32.
        A fourth channel must be opaque and is dropped.
    pixel_size_um : float, optional
        Side of a pixel in µm.
    stain, specimen, source_uri : str, optional
        Kept with the image.
    tissue_mask : ndarray, (height, width), optional
        True (or non-zero) where there is tissue.

    Raises
    ------
    BrainseekError
        When the array is no image: wrong shape or type, smaller than 16 pixels, NaN or infinite
        values, the same value everywhere, or partly transparent; or when the pixel size or mask
        does not fit.
    """
    what = Path(source_uri).name if source_uri else "the array"
    image = checked_pixels(np.asarray(array), what)
    check_pixel_size(pixel_size_um)
    mask = None
    if tissue_mask is not None:
        mask = np.asarray(tissue_mask).astype(bool)
        if mask.shape != image.shape[:2]:
            raise BrainseekError(
                f"the tissue mask has shape {mask.shape} but the image {image.shape[:2]}; "
                "they must be equal."
            )
    return Section(
        image=image,
        pixel_size_um=pixel_size_um,
        stain=stain,
        specimen=specimen,
        source_uri=source_uri,
        tissue_mask=mask,
    )


def read_section(
    path: Path | str,
    *,
    max_side: int | None = 1024,
    pixel_size_um: float | None = None,
    slice_index: int | None = None,
    axis: int | None = None,
    stain: str | None = None,
    specimen: str | None = None,
) -> Section:
    """Read a section from a TIFF, PNG, JPEG or NIfTI file.

    Parameters
    ----------
    path : path
        The file; its kind is recognised by its content.
    max_side : int or None
        Longest side of the result in pixels, at least 16. Larger images are shrunk by area
        averaging while they are read, so a TIFF larger than memory can be read; smaller ones
        are left alone. None keeps the full size.
    pixel_size_um : float, optional
        Side of a pixel *of the file* in µm; by default the one that the file states.
    slice_index : int, optional
        Which plane of a TIFF stack or NIfTI volume, from 0; needed when there are several.
    axis : {0, 1, 2}, optional
        For NIfTI volumes: cut sagittal (0), coronal (1, the default) or axial (2) in RAS+.
    stain, specimen : str, optional
        Kept with the image.

    Returns
    -------
    Section
        ``pixel_size_um`` belongs to the returned image, after shrinking. Pixels that are not
        square in the file are made square at their finer side.

    Raises
    ------
    BrainseekError
        When the file is missing, empty, damaged or of another kind; when it holds a stack and no
        slice was chosen; when the image is unusable as in `section_from_array`, or its shorter
        side would fall below 16 pixels.
    """
    path = Path(path).expanduser()
    raw = read_raw(path, checked_request(max_side, slice_index, axis, pixel_size_um))
    if min(reduced_shape(*raw.full_shape, max_side)) < MIN_SIDE_PX:
        height, width = raw.full_shape
        raise BrainseekError(
            f"{path.name} is {width} x {height} pixels; shrunk to {max_side} its shorter side "
            f"would fall below {MIN_SIDE_PX} pixels, crop it or raise max_side."
        )
    image, size = square_pixels(raw, pixel_size_um, path.name)
    section = section_from_array(image, size, stain=stain, specimen=specimen, source_uri=str(path))
    return replace(section, file_shape=raw.full_shape)


def checked_request(
    max_side: int | None, slice_index: int | None, axis: int | None, pixel_size_um: float | None
) -> ReadRequest:
    """Return what to ask a reader for.

    Raises
    ------
    BrainseekError
        The longest side is below 16 pixels, or the pixel size is no positive number.
    """
    if max_side is not None and max_side < MIN_SIDE_PX:
        raise BrainseekError(f"max_side {max_side} is too small; use at least {MIN_SIDE_PX}.")
    check_pixel_size(pixel_size_um)
    return ReadRequest(max_side, slice_index, axis)


def write_section(section: Section, path: Path) -> Path:
    """Write the pixels and the pixel size as OME-TIFF, which `read_section` takes back.

    Raises
    ------
    BrainseekError
        The folder is missing or can't be written.
    """
    import tifffile

    axes, kind = ("YXS", "rgb") if section.image.ndim == 3 else ("YX", "minisblack")
    metadata: dict[str, object] = {"axes": axes}
    if section.pixel_size_um is not None:
        metadata |= {"PhysicalSizeX": section.pixel_size_um, "PhysicalSizeY": section.pixel_size_um}
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer, section.image, ome=True, metadata=metadata, photometric=kind, compression="zlib"
    )
    return write_whole(path, buffer.getvalue())


def check_pixel_size(size: float | None) -> None:
    """Refuse a pixel size in µm that is no positive number; None, an unknown one, passes.

    Raises
    ------
    BrainseekError
        It is zero, negative or not finite.
    """
    if size is not None and not (math.isfinite(size) and size > 0):
        raise BrainseekError(f"pixel size {size} must be a positive number of µm.")


def square_pixels(
    raw: RawImage, pixel_size_um: float | None, what: str
) -> tuple[np.ndarray, float | None]:
    """Return the pixels with square sides, and their side in µm after shrinking.

    Parameters
    ----------
    raw : RawImage
    pixel_size_um : float or None
        Side of a pixel of the file, instead of what the file states.
    what : str
        How errors call the file.
    """
    pixels = raw.pixels
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        pixels = without_alpha(pixels, what)
    full_size_um = raw.full_pixel_size_um
    if pixel_size_um is not None:
        full_size_um = (pixel_size_um, pixel_size_um)
    if full_size_um is None:
        return pixels, None
    row, column = (
        size * full / now
        for size, full, now in zip(full_size_um, raw.full_shape, pixels.shape, strict=False)
    )
    if abs(full_size_um[0] / full_size_um[1] - 1) <= _SQUARE_TOLERANCE:
        return pixels, math.sqrt(row * column)
    from scipy.ndimage import zoom

    side = min(row, column)
    factors = [row / side, column / side] + [1.0] * (pixels.ndim - 2)
    return zoom(pixels, factors, order=1, grid_mode=True, mode="nearest"), side
