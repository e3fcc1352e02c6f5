"""A NIfTI volume as a volume in atlas space: the file's world coordinates in µm."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Volume

MOST_OBLIQUE_DEG = 0.1
"""Up to this angle between voxel and world axes a volume counts as straight."""
UM_PER_UNIT = {"unknown": 1000.0, "mm": 1000.0, "meter": 1e6, "micron": 1.0}
"""µm in each unit of length that a header can name; mm where it names none."""


def nifti_volume(
    path: Path, space_axes: tuple[str, str, str], unit_um: float | None = None
) -> Volume:
    """Read a volume in coronal order: anterior to posterior, superior to inferior, left to right.

    Parameters
    ----------
    path : Path
        A .nii or .nii.gz file.
    space_axes : tuple of three str
        Names of the world coordinates right, anterior, superior.
    unit_um : float, optional
        Length of one unit of the affine in µm; by default what the header says, mm if nothing.

    Returns
    -------
    Volume
        In the type of the file, float32 where it is scaled; not-a-number becomes 0.

    Raises
    ------
    BrainseekError
        When the file is missing, damaged or not 3-D, or its voxel axes are not those of the
        world.
    """
    import nibabel

    if not path.is_file():
        raise BrainseekError(f"{path} is missing; put the file there or correct its name.")
    try:
        loaded: Any = nibabel.load(path)
        image = nibabel.as_closest_canonical(loaded)
        values = np.asarray(image.dataobj)
    except Exception as error:  # nibabel, zlib and numpy each raise their own type
        raise BrainseekError(
            f"{path} can't be read as NIfTI ({' '.join(str(error).split())}); get the file again."
        ) from error
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3 or values.dtype.kind not in "iuf":
        raise BrainseekError(
            f"{path.name} has the shape {values.shape} of {values.dtype}; an atlas needs one "
            "volume of numbers."
        )
    unit = unit_um or UM_PER_UNIT[loaded.header.get_xyzt_units()[0]]
    affine = np.asarray(image.affine, float)
    size = _straight(affine[:3, :3], path.name) * unit
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    x, y, z = (float(value) for value in affine[:3, 3] * unit)
    _, n_y, n_z = values.shape
    right, anterior, superior = space_axes
    return Volume(
        data=np.ascontiguousarray(values.transpose(1, 2, 0)[::-1, ::-1]),
        step_um=(-float(size[1]), -float(size[2]), float(size[0])),
        origin_um=(y + (n_y - 1) * float(size[1]), z + (n_z - 1) * float(size[2]), x),
        axes=(anterior, superior, right),
        space_axes=space_axes,
    )


def _straight(directions: np.ndarray, name: str) -> np.ndarray:
    """Return the voxel sizes (right, anterior, superior) of an affine that is not oblique."""
    size = np.diag(directions)
    if not np.isfinite(directions).all() or (size <= 0).any():
        raise BrainseekError(f"{name} does not say how its axes lie in space; correct its affine.")
    off = directions - np.diag(size)
    angle = math.degrees(math.atan(float((np.abs(off) / size).max())))
    if angle > MOST_OBLIQUE_DEG:
        raise BrainseekError(
            f"the voxels of {name} lie oblique to its world axes (by {angle:.1f}°); resample the "
            "volume onto straight axes."
        )
    return size
