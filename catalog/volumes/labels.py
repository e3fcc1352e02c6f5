"""Label volumes: whole numbers, large ones stored as small ones, and the label at a point."""

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Volume

_NEAR_INTEGER = 0.01


def whole_labels(volume: Volume, name: str) -> np.ndarray:
    """Return the values of a label volume as integers.

    Raises
    ------
    BrainseekError
        When they are not whole numbers from 0 up.
    """
    data = volume.data
    if data.dtype.kind == "f":
        rounded = np.rint(data)
        worst = float(np.abs(data - rounded).max(initial=0.0))
        if worst > _NEAR_INTEGER:
            raise BrainseekError(
                f"{name} holds values up to {worst:.2f} away from whole numbers, so they are no "
                "labels; was it interpolated? Give the original labels."
            )
        data = rounded
    if data.size and (data.min() < 0 or data.max() > np.iinfo(np.int32).max):
        raise BrainseekError(
            f"{name} holds labels from {data.min():g} to {data.max():g}; use 0 to 2147483647."
        )
    return data.astype(np.int32)


def compact_labels(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels as indices into the list of those that occur: fine annotations fit into memory.

    Parameters
    ----------
    labels : ndarray of int, (n0, n1, n2)
        0 = none.

    Returns
    -------
    indices : ndarray of uint16, (n0, n1, n2)
        C order; 0 where the label is 0.
    ids : ndarray of int32, (n,)
        ``ids[indices]`` are the labels; ``ids[0]`` is 0.

    Raises
    ------
    BrainseekError
        When a label is negative or exceeds 2³¹ - 1, or there are more than 65 535 labels.
    """
    # Labels come in long runs, so only the first of each run is looked at.
    slabs = [_runs(slab) for slab in labels]
    ids = np.unique(np.concatenate([np.zeros(1, np.int64), *(values for values, _ in slabs)]))
    if ids[0] < 0 or ids[-1] > np.iinfo(np.int32).max or len(ids) > np.iinfo(np.uint16).max:
        raise BrainseekError(
            f"the annotation has {len(ids)} labels from {ids[0]} to {ids[-1]}; at most 65 535 "
            "labels from 0 to 2147483647 can be used."
        )
    indices = np.empty(labels.shape, np.uint16)
    for number, (values, lengths) in enumerate(slabs):
        small = np.searchsorted(ids, values).astype(np.uint16)
        indices[number] = np.repeat(small, lengths).reshape(labels.shape[1:])
    return indices, ids.astype(np.int32)


def labels_at(points_um: NDArray[np.float64], volume: Volume) -> NDArray[np.int32]:
    """Return the label (n,) of the voxel around each point, 0 outside the volume.

    Points (n, 3) are in µm in the order of the volume's ``space_axes``.
    """
    order = [volume.space_axes.index(axis) for axis in volume.axes]
    voxel = np.rint((points_um[:, order] - volume.origin_um) / volume.step_um).astype(np.int64)
    inside = ((voxel >= 0) & (voxel < volume.data.shape)).all(axis=1)
    found = np.zeros(len(points_um), np.int32)
    values = volume.data[tuple(voxel[inside].T)]
    found[inside] = values if volume.ids is None else volume.ids[values]
    return found


def _runs(slab: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return value (int64) and length of every run of equal labels in C order."""
    flat = slab.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    return flat[starts].astype(np.int64), np.diff(np.append(starts, len(flat)))
