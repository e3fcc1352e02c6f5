"""Where the slices of a NIfTI volume lie in space."""

from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.sections.readers.nifti import UM_PER_UNIT
from brainseek.catalog.sections.readers.opening import decoding, kind_of
from brainseek.catalog.volumes.volume import Plane


def slice_plane(path: Path | str, slice_index: int, axis: int) -> Plane:
    """Return the plane of a slice, as `catalog.read_section` shows it, in RAS µm.

    Parameters
    ----------
    path : path
        A .nii or .nii.gz volume.
    slice_index : int
        Which slice, from 0, counted in RAS+ direction.
    axis : {0, 1, 2}
        The axis (RAS+) that the slice is perpendicular to.

    Returns
    -------
    Plane
        Its points are (right, anterior, superior) in the file's world space, in µm; the whole
        affine is used, so oblique volumes are placed rightly. Fractions run over the whole
        slice, between the outer edges of its pixels.

    Raises
    ------
    BrainseekError
        When the file can't be read.
    """
    import nibabel

    path = Path(path).expanduser()
    with decoding(path, kind_of(path)):
        image: Any = nibabel.load(path)
        shape = [*image.shape, 1, 1, 1][:3]
        stored = np.asarray(nibabel.io_orientation(image.affine))  # type: ignore[no-untyped-call]
        to_um = np.array(image.affine, float)[:3] * UM_PER_UNIT[image.header.get_xyzt_units()[0]]
    start, step = np.zeros(3), np.zeros((3, 3))  # voxels of the file, by RAS axis
    size = np.zeros(3, int)
    for stored_axis, (ras_axis, direction) in enumerate(stored):
        ras, n = int(ras_axis), shape[stored_axis]
        size[ras] = n
        start[stored_axis] = 0.0 if direction > 0 else n - 1.0
        step[ras, stored_axis] = direction
    column_axis, row_axis = (other for other in range(3) if other != axis)
    # The outer corner of the first pixel: left (or posterior) and superior (or anterior).
    corner = start + slice_index * step[axis]
    corner = corner - 0.5 * step[column_axis] + (size[row_axis] - 0.5) * step[row_axis]
    o = to_um[:, :3] @ corner + to_um[:, 3]
    u = to_um[:, :3] @ (size[column_axis] * step[column_axis])
    v = to_um[:, :3] @ (-size[row_axis] * step[row_axis])
    return Plane(o=_triple(o), u=_triple(u), v=_triple(v))


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    a, b, c = (float(value) for value in values)
    return a, b, c
