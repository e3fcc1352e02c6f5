"""Slices of NIfTI volumes."""

from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.area import shrink
from brainseek.catalog.sections.readers.pixels import as_supported, check_size
from brainseek.catalog.sections.readers.raw import RawImage, ReadRequest

UM_PER_UNIT = {"unknown": 1000.0, "mm": 1000.0, "meter": 1e6, "micron": 1.0}
"""µm in each unit of length that a header can name; mm where it names none."""

_PLANE = ("sagittal", "coronal", "axial")


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
    axis = cut_axis(request, [shape[order[axis]] for axis in range(3)], path.name)
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


def cut_axis(request: ReadRequest, shape: list[int], what: str) -> int:
    """Return the axis to cut along: the chosen one, a flat one, or coronal.

    Raises
    ------
    BrainseekError
        When the chosen one is not 0, 1 or 2.
    """
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
