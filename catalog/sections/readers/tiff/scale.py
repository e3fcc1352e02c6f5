"""The pixel size that a TIFF states: OME, ImageJ, Aperio or resolution tags."""

import math
import re
from typing import Any
from xml.etree import ElementTree

from brainseek.catalog.sections.readers.reader import plausible_size_um

_UM_PER_UNIT = {
    "m": 1e6,
    "cm": 1e4,
    "mm": 1e3,
    "µm": 1.0,  # micro sign, as OME writes it
    "\u03bcm": 1.0,  # Greek mu
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "\\u00b5m": 1.0,  # as ImageJ escapes it
    "nm": 1e-3,
    "pm": 1e-6,
    "å": 1e-4,
    "inch": 25_400.0,
    "in": 25_400.0,
}
_INCH, _CENTIMETRE = 2, 3


def pixel_size_um(tif: Any, page: Any) -> tuple[float, float] | None:
    """Return (row, column) pixel size in µm of the first image of a TIFF.

    Parameters
    ----------
    tif : tifffile.TiffFile
        An open file.
    page : tifffile.TiffPage
        The page at full resolution.

    Returns
    -------
    (float, float) or None
        OME's PhysicalSizeY and X with their units win, then ImageJ's unit with the resolution
        tags, then Aperio's MPP, then the resolution tags alone where they are plausible. None
        when the file states no size, or one in pixels.
    """
    if tif.is_ome:
        return _ome_size_um(tif.ome_metadata)
    across, down = _resolution(page, "XResolution"), _resolution(page, "YResolution")
    unit = str((tif.imagej_metadata or {}).get("unit", "")).strip().lower()
    if unit in _UM_PER_UNIT and across and down:
        return _UM_PER_UNIT[unit] / down, _UM_PER_UNIT[unit] / across
    aperio = re.search(r"\|\s*MPP\s*=\s*([0-9.]+)", page.description or "")
    if tif.is_svs and aperio:
        return float(aperio[1]), float(aperio[1])
    tag = page.tags.get("ResolutionUnit")
    um = {_INCH: 25_400.0, _CENTIMETRE: 10_000.0}.get(int(tag.value) if tag else _INCH)
    if um is None or not across or not down:
        return None
    row, column = plausible_size_um(um / down), plausible_size_um(um / across)
    return None if row is None or column is None else (row, column)


def _ome_size_um(xml: str) -> tuple[float, float] | None:
    """Read PhysicalSizeX and Y of the first image; a missing one equals the other."""
    pixels = ElementTree.fromstring(xml).find(".//{*}Pixels")
    if pixels is None:
        return None
    sizes: list[float | None] = []
    for name in ("PhysicalSizeY", "PhysicalSizeX"):
        value = pixels.get(name)
        um = _UM_PER_UNIT.get(pixels.get(f"{name}Unit", "µm").lower())
        size = float(value) * um if value is not None and um is not None else math.nan
        sizes.append(size if math.isfinite(size) and size > 0 else None)
    row, column = sizes[0] or sizes[1], sizes[1] or sizes[0]
    return None if row is None or column is None else (row, column)


def _resolution(page: Any, name: str) -> float | None:
    """Return a resolution tag in pixels per unit, None when it is missing or zero."""
    tag = page.tags.get(name)
    if tag is None:
        return None
    numerator, denominator = tag.value
    return numerator / denominator if numerator and denominator else None
