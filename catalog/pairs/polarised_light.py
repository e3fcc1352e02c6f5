"""Maps of 3-D polarised light imaging: transmittance, retardation and direction on one grid."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import AffinePixels
from brainseek.catalog.sections.section import check_pixel_size, read_section

DirectionUnit = Literal["degrees", "radians"]
MAPS = ("transmittance", "retardation", "direction")
_ENDINGS = (".tif", ".tiff", ".nii", ".nii.gz", ".png")
_FULL_TURN = {"degrees": 360.0, "radians": 2 * np.pi}
_BRIGHTEST = 99.9
"""Percentile that becomes white."""


def read_pli(
    source: Path | str | Sequence[Path | str],
    pixel_um: float,
    direction_unit: DirectionUnit = "degrees",
) -> dict[str, PairedImage]:
    """Read the maps of one section.

    Parameters
    ----------
    source : path or sequence of paths
        A folder, or the files. A file belongs to the map whose word its name holds:
        transmittance (needed: it tells the tissue), retardation, direction.
    pixel_um : float
        Side of a pixel in µm; the files' own tags are not used.
    direction_unit : {"degrees", "radians"}
        Unit of the in-plane fibre direction φ.

    Returns
    -------
    dict of str to PairedImage
        ``transmittance`` (inverted, so that absorbing tissue is bright), ``retardation``, and for
        direction ``direction-sin`` and ``direction-cos``: sin 2φ and cos 2φ from -1..1 to 1..255,
        0 outside the tissue. φ counts from the image's axes, so these two change when the image
        is turned.

    Raises
    ------
    BrainseekError
        If a file can't be read, no or two files hold a map, the maps have several shapes, or φ
        does not fit its unit.
    """
    check_pixel_size(pixel_um)
    maps = {name: _values(path, pixel_um) for name, path in _files(source).items()}
    shape = maps["transmittance"].shape
    for name, values in maps.items():
        if values.shape != shape:
            raise BrainseekError(
                f"the {name} map has the shape {values.shape}, the transmittance map {shape}; give "
                "maps of one section on one grid."
            )
    gray, mask = _absorption(maps["transmittance"])
    pictures = {"transmittance": gray}
    if "retardation" in maps:
        pictures["retardation"] = _stretched(maps["retardation"])
    if "direction" in maps:
        doubled = 2 * _radians(maps["direction"], mask, direction_unit)
        for name, part in (("sin", np.sin(doubled)), ("cos", np.cos(doubled))):
            pictures[f"direction-{name}"] = np.where(mask, 128 + np.rint(127 * part), 0).astype(
                np.uint8
            )
    return {name: PairedImage(image, pixel_um, name, mask) for name, image in pictures.items()}


def pli_pair(
    maps: dict[str, PairedImage],
    name: str,
    group: int = 0,
    modalities: tuple[str, str] = ("transmittance", "retardation"),
) -> SectionPair:
    """Return two maps of one section as a pair; they share their pixels.

    Raises
    ------
    BrainseekError
        If a modality is not among the maps.
    """
    for modality in modalities:
        if modality not in maps:
            raise BrainseekError(
                f"the section has no map '{modality}'; choose from {', '.join(maps)}."
            )
    first, second = (maps[modality] for modality in modalities)
    return SectionPair(name, group, first, second, AffinePixels(np.eye(3)))


def _files(source: Path | str | Sequence[Path | str]) -> dict[str, Path]:
    """File of every map that is there."""
    if isinstance(source, str | Path):
        folder = Path(source).expanduser()
        if not folder.is_dir():
            raise BrainseekError(f"{folder} is no folder of PLI maps; give a folder or the files.")
        paths = sorted(p for p in folder.iterdir() if p.name.lower().endswith(_ENDINGS))
        where = str(folder)
    else:
        paths = [Path(path).expanduser() for path in source]
        where = "the list of files"
    found: dict[str, Path] = {}
    for path in paths:
        for name in MAPS:
            if name not in path.name.lower():
                continue
            if name in found:
                raise BrainseekError(
                    f"{found[name].name} and {path.name} both are {name} maps; give the files of "
                    "one section."
                )
            found[name] = path
    if "transmittance" not in found:
        raise BrainseekError(
            f"{where} names no transmittance map, which tells the tissue; give a file with "
            "'transmittance' in its name."
        )
    return found


def _values(path: Path, pixel_um: float) -> NDArray[np.float32]:
    image = read_section(path, max_side=None, pixel_size_um=pixel_um).image
    if image.ndim != 2:
        raise BrainseekError(f"{path.name} is a colour image, not a PLI map; give the map itself.")
    return image.astype(np.float32)


def _absorption(transmittance: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Inverted transmittance and its tissue; values of 0 or less are pixels without data."""
    known = transmittance > 0
    if not known.any():
        raise BrainseekError("the transmittance map is 0 everywhere; give another file.")
    paper = float(np.percentile(transmittance[known], 95))
    gray = _stretched(np.where(known, np.maximum(paper - transmittance, 0), 0))
    smooth = cv2.GaussianBlur(gray, (0, 0), max(gray.shape) / 200)
    _, tissue = cv2.threshold(smooth, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return gray, np.asarray((tissue > 0) & known)


def _stretched(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    white = float(np.percentile(values, _BRIGHTEST)) or float(values.max())
    return np.clip(values * (255 / max(white, 1e-30)) + 0.5, 0, 255).astype(np.uint8)


def _radians(
    direction: NDArray[np.float32], mask: NDArray[np.bool_], unit: DirectionUnit
) -> NDArray[np.float64]:
    if unit not in _FULL_TURN:
        raise BrainseekError(f"the unit '{unit}' of directions is unknown; say degrees or radians.")
    largest = float(np.abs(direction[mask]).max())
    if largest > _FULL_TURN[unit]:
        raise BrainseekError(
            f"the direction map reaches {largest:.4g}, more than a full turn in {unit}; say the "
            "right unit."
        )
    if unit == "degrees" and largest <= np.pi * 1.001:
        raise BrainseekError(
            f"the direction map reaches {largest:.4g} only, which looks like radians; say "
            "direction_unit='radians'."
        )
    values = direction.astype(np.float64)
    return np.deg2rad(values) if unit == "degrees" else values
