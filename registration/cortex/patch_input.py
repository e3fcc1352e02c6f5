"""Patches of cortex as people have them: arrays, blocks, image files, .npy files."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section, read_section
from brainseek.embedder.preprocessing.section_gray import to_gray_uint8

PatchLike = str | PathLike[str] | NDArray[np.generic]
"""The path of an image or .npy file, or an array (side, side), (side, side, 3) or a block."""

_NOT_A_PATCH = "give (side, side), (side, side, 3) or a block (side, side, side)"


def read_patch(
    patch: PatchLike, pixel_um: float | None
) -> tuple[NDArray[np.generic], float | None]:
    """Return a patch as planes, and the side of its pixels in µm where that is known.

    Parameters
    ----------
    patch : path or ndarray
        Of a block the three middle planes are taken. A colour image becomes one gray plane.
    pixel_um : float, optional
        Side of its pixels in µm; by default the one that an image file states.

    Returns
    -------
    planes : ndarray, (side, side) or (side, side, 3)
    pixel_um : float or None

    Raises
    ------
    BrainseekError
        If the file can't be read or the array is no patch.
    """
    if isinstance(patch, str | PathLike):
        path = Path(patch).expanduser()
        if path.name.lower().endswith((".nii", ".nii.gz")):
            raise BrainseekError(
                f"{path} is a volume and no patch; say where to cut it (--at or --vertex, in "
                "Python locate_cortex_vertices)."
            )
        if path.suffix.lower() != ".npy":
            return _of_image(read_section(path, pixel_size_um=pixel_um))
        patch = _read_npy(path)
    array = np.asarray(patch)
    if array.ndim == 3 and array.shape[2] != 3:
        return middle_planes(array), pixel_um
    if array.ndim not in (2, 3):
        raise BrainseekError(f"an array of shape {array.shape} is no patch; {_NOT_A_PATCH}.")
    return array, pixel_um


def middle_planes(block: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return the three planes through the middle of a block, (side, side, 3).

    Parameters
    ----------
    block : ndarray, (side, side, side)
        As `catalog.cortex.patches.CortexPatches.block` cuts it: against the normal, along the
        first and along the second tangent.

    Returns
    -------
    ndarray of float32, (side, side, 3)
        In the order of `catalog.cortex.patches.CortexPatches.planes`. Where the side is even the
        middle lies between two slabs, which are averaged.

    Raises
    ------
    BrainseekError
        If the array is no cube of real numbers.
    """
    if block.ndim != 3 or len(set(block.shape)) != 1 or block.dtype.kind not in "biuf":
        raise BrainseekError(
            f"an array of shape {block.shape} of {block.dtype} is no block; {_NOT_A_PATCH} of real "
            "numbers."
        )
    side = len(block)
    middle = slice((side - 1) // 2, side // 2 + 1)
    values = block.astype(np.float32)
    patch = values[:, :, middle].mean(axis=2)
    across = values[:, middle, :].mean(axis=1)
    level = values[middle].mean(axis=0)
    return np.stack([patch, across, level.T], axis=2)


def _of_image(section: Section) -> tuple[NDArray[np.generic], float | None]:
    image = section.image
    gray = to_gray_uint8(image) if image.ndim == 3 else image
    return gray, section.pixel_size_um


def _read_npy(path: Path) -> NDArray[np.generic]:
    try:
        loaded = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BrainseekError(
            f"{path} can't be read as an array ({' '.join(str(error).split())}); save it with "
            "numpy.save."
        ) from error
    return np.asarray(loaded)
