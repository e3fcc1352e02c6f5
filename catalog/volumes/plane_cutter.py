"""Many small planes cut out of a volume at once, linearly interpolated."""

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Volume


class PlaneCutter:
    """Cuts planes out of one volume; as `Volume.cut_plane`, with less work for each small one.

    Pixels outside the volume are 0, and between its last voxels and the outside they fall to 0.

    Parameters
    ----------
    volume : Volume
        Grey values; a copy of them in float32, two rims of zeros around, is kept.

    Raises
    ------
    BrainseekError
        If the volume holds labels.
    """

    def __init__(self, volume: Volume) -> None:
        if volume.ids is not None:
            raise BrainseekError(
                "labels can't be interpolated; cut this volume with cut_plane and order 0."
            )
        self._size = np.array(volume.data.shape)
        padded = np.pad(np.asarray(volume.data, np.float32), (1, 2))
        self._flat = padded.ravel()
        self._strides = [step // padded.itemsize for step in padded.strides[:2]]
        self._order = [volume.space_axes.index(name) for name in volume.axes]
        self._step, self._origin = np.array(volume.step_um), np.array(volume.origin_um)

    def __call__(
        self,
        first_um: NDArray[np.float64],
        down_um: NDArray[np.float64],
        right_um: NDArray[np.float64],
        shape: tuple[int, int],
    ) -> NDArray[np.float32]:
        """Cut k planes of equal shape, (k, rows, columns).

        Parameters
        ----------
        first_um : ndarray, (k, 3)
            Centres of the pixels (0, 0) in µm, in the order of the volume's ``space_axes``.
        down_um, right_um : ndarray, (k, 3)
            From a pixel to the next one below and to the right, in µm.
        shape : (rows, columns)
        """
        rows = np.arange(shape[0], dtype=np.float32)[:, None]
        columns = np.arange(shape[1], dtype=np.float32)
        first = (first_um[:, self._order] - self._origin) / self._step
        down, right = (step[:, self._order] / self._step for step in (down_um, right_um))
        voxel, rest = [], []
        for axis in range(3):
            start, by_row, by_column = (
                vector[:, axis, None, None].astype(np.float32) for vector in (first, down, right)
            )
            place = start + rows * by_row + columns * by_column
            place = np.clip(place, -1, self._size[axis], out=place) + np.float32(1)
            part, whole = np.modf(place)
            voxel.append(whole.astype(np.int32))
            rest.append(part)
        index = voxel[0] * self._strides[0] + voxel[1] * self._strides[1] + voxel[2]
        near = self._slice(index, rest)
        far = self._slice(index + self._strides[0], rest)
        return near + rest[0] * (far - near)

    def _slice(
        self, index: NDArray[np.int32], rest: list[NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Interpolate along the last two axes, from the voxel at ``index`` on."""
        upper = self._line(index, rest[2])
        return upper + rest[1] * (self._line(index + self._strides[1], rest[2]) - upper)

    def _line(self, index: NDArray[np.int32], rest: NDArray[np.float32]) -> NDArray[np.float32]:
        """Interpolate between two neighbours along the last axis."""
        value = self._flat.take(index)
        return value + rest * (self._flat.take(index + 1) - value)
