"""Slices of NIfTI volumes, and where they lie in space."""

from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.area import shrink
from brainseek.catalog.sections.readers.opening import decoding, first_bytes
from brainseek.catalog.sections.readers.pixels import as_supported, check_size
from brainseek.catalog.sections.readers.reader import Planes, RawImage, ReadRequest
from brainseek.catalog.volumes.nifti import UM_PER_UNIT
from brainseek.catalog.volumes.volume import Plane

_PLANE = ("sagittal", "coronal", "axial")


def is_nifti(start: bytes, name: str) -> bool:
    """Tell whether a file is a NIfTI volume; a compressed one is known by its name too."""
    if start[344:348] in (b"n+1\0", b"ni1\0") or start[4:8] == b"n+2\0":
        return True
    return start[:2] == b"\x1f\x8b" and name.endswith(".nii.gz")


def planes(path: Path, request: ReadRequest) -> Planes:
    """Count the slices along the axis that is asked for; axes that are not there count as 1."""
    import nibabel

    image: Any = nibabel.load(path)
    shape = [*image.shape, 1, 1, 1][:3]
    stored = np.asarray(nibabel.io_orientation(image.affine))  # type: ignore[no-untyped-call]
    ras_shape = [1, 1, 1]
    for stored_axis, ras_axis in enumerate(stored[:, 0]):
        if np.isfinite(ras_axis):
            ras_shape[int(ras_axis)] = shape[stored_axis]
    axis = _cut_axis(request, ras_shape, path.name)
    return Planes(ras_shape[axis], axis)


def read(path: Path, request: ReadRequest) -> RawImage:
    """Read one slice of a .nii or .nii.gz volume.

    The volume is taken in RAS+ order whatever its storage: axis 0 runs to the right, 1 to the
    front, 2 to the top. Rows of the slice follow the higher of the two remaining axes from its
    end (row 0 = superior, or anterior for axial slices), columns the lower one from its start
    (left to right, or posterior to anterior for sagittal slices). Axis 1, coronal, is the usual
    one. A volume with a single slice needs no choice.

    Raises
    ------
    BrainseekError
        When the volume is not 3-D, no slice was chosen, or the choice does not exist.
    """
    import nibabel

    image: Any = nibabel.load(path)
    shape = list(image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    shape += [1] * (3 - len(shape))
    if len(shape) != 3:
        raise BrainseekError(
            f"{path.name} has {len(shape)} dimensions {tuple(shape)}; save one volume of it."
        )
    # Stored axis and direction behind each of right, anterior, superior.
    stored = np.asarray(nibabel.io_orientation(image.affine))  # type: ignore[no-untyped-call]
    if np.isnan(stored).any():
        raise BrainseekError(
            f"{path.name} does not say how its axes lie in space; correct its affine."
        )
    order = [int(np.flatnonzero(stored[:, 0] == axis)[0]) for axis in range(3)]
    flipped = [stored[order[axis], 1] < 0 for axis in range(3)]
    axis = _cut_axis(request, [shape[order[axis]] for axis in range(3)], path.name)
    index = request.plane_of(shape[order[axis]], path.name, f"{_PLANE[axis]} slices")

    where: list[slice | int] = [slice(None)] * len(image.shape)
    where[3:] = [0] * (len(image.shape) - 3)
    n = shape[order[axis]]
    if len(image.shape) > order[axis]:
        where[order[axis]] = n - 1 - index if flipped[axis] else index
    plane = np.asarray(image.dataobj[tuple(where)])
    column_axis, row_axis = (other for other in range(3) if other != axis)
    if order[row_axis] > order[column_axis]:
        plane = plane.T
    if not flipped[row_axis]:
        plane = plane[::-1]
    if flipped[column_axis]:
        plane = plane[:, ::-1]
    check_size(plane.shape[0], plane.shape[1], path.name)

    unit = UM_PER_UNIT[image.header.get_xyzt_units()[0]]
    size = np.linalg.norm(image.affine[:3, :3], axis=0) * unit
    return RawImage(
        pixels=shrink(_numbers(plane, path.name), request.max_side),
        full_shape=(plane.shape[0], plane.shape[1]),
        full_pixel_size_um=(float(size[order[row_axis]]), float(size[order[column_axis]])),
    )


def _cut_axis(request: ReadRequest, shape: list[int], what: str) -> int:
    """Return the axis to cut along: the chosen one, a flat one, or coronal."""
    if request.axis is None:
        flat = [axis for axis in range(3) if shape[axis] == 1]
        return flat[0] if flat else 1
    if request.axis not in (0, 1, 2):
        raise BrainseekError(
            f"axis {request.axis} of {what} does not exist; use 0 (sagittal), 1 (coronal) or "
            "2 (axial)."
        )
    return request.axis


def _numbers(plane: np.ndarray, what: str) -> np.ndarray:
    """Turn the RGB record types of NIfTI into a last axis; check other types."""
    if plane.dtype.names is not None and set(plane.dtype.names) <= set("RGBA"):
        plane = np.stack([plane[name] for name in plane.dtype.names], axis=-1)
    return as_supported(plane, what)


def slice_plane(path: Path | str, slice_index: int, axis: int) -> Plane:
    """Return the plane of a slice, as `brainseek.read_section` shows it, in RAS µm.

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
    first_bytes(path)
    with decoding(path, "NIfTI"):
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
    return Plane.of_arrays(o, u, v)
