"""Shrinking an image that arrives in blocks, by exact area averaging."""

import numpy as np

_STEP = 256
"""Side of the sub-blocks that are averaged at once; keeps the weight matrices small."""


def reduced_shape(height: int, width: int, max_side: int | None) -> tuple[int, int]:
    """Return the size of an image shrunk so that its longer side is at most ``max_side``.

    Nothing grows: without a limit, or below it, the size stays. The other side is rounded.
    """
    longest = max(height, width)
    if max_side is None or longest <= max_side:
        return height, width
    return (
        max(1, round(height * max_side / longest)),
        max(1, round(width * max_side / longest)),
    )


class AreaReducer:
    """Collects blocks of a large image and holds only the small one.

    Every source pixel adds to the output pixels that it overlaps, weighted by the area of the
    overlap, so the result does not depend on how the image was divided.

    Parameters
    ----------
    shape : (height, width)
        Size of the source.
    out_shape : (height, width)
        Size of the result, at most that of the source.
    channels : int
        Number of values per pixel.
    """

    def __init__(self, shape: tuple[int, int], out_shape: tuple[int, int], channels: int) -> None:
        self.shape, self.out_shape = shape, out_shape
        self._sum = np.zeros((*out_shape, channels), np.float32)

    def add(self, block: np.ndarray, row: int, column: int, channel: int = 0) -> None:
        """Add one block of the source.

        Parameters
        ----------
        block : ndarray, (rows, columns, channels)
            Values; parts beyond the source's border are cut off.
        row, column, channel : int
            Place of its first value in the source.
        """
        block = block[: self.shape[0] - row, : self.shape[1] - column]
        channels = slice(channel, channel + block.shape[2])
        for top in range(0, block.shape[0], _STEP):
            band = block[top : top + _STEP]
            down, first_row = _weights(row + top, band.shape[0], self.shape[0], self.out_shape[0])
            for left in range(0, block.shape[1], _STEP):
                part = band[:, left : left + _STEP].astype(np.float32)
                n, m, depth = part.shape
                across, first_column = _weights(column + left, m, self.shape[1], self.out_shape[1])
                rows = (down @ part.reshape(n, m * depth)).reshape(-1, m, depth)
                averaged = across @ rows
                self._sum[
                    first_row : first_row + down.shape[0],
                    first_column : first_column + across.shape[0],
                    channels,
                ] += averaged

    def result(self, dtype: np.dtype) -> np.ndarray:
        """Return the shrunk image, (height, width, channels), rounded for integer types."""
        if dtype.kind == "u":
            limit = np.iinfo(dtype).max
            return np.clip(np.rint(self._sum), 0, limit).astype(dtype)
        return self._sum.astype(dtype)


def _weights(start: int, count: int, size: int, out_size: int) -> tuple[np.ndarray, int]:
    """Overlap of source pixels start … start+count with output pixels, as shares of the latter.

    Returns
    -------
    (ndarray of shape (n_outputs, count), int)
        The weights and the first output pixel that they belong to.
    """
    scale = out_size / size
    edges = np.arange(start, start + count + 1) * scale
    first = int(edges[0])
    last = min(out_size, int(np.ceil(edges[-1] - 1e-9)))
    outputs = np.arange(first, max(last, first + 1))[:, None]
    overlap = np.minimum(edges[1:], outputs + 1) - np.maximum(edges[:-1], outputs)
    return np.maximum(overlap, 0).astype(np.float32), first


def shrink(image: np.ndarray, max_side: int | None) -> np.ndarray:
    """Shrink an image in memory to ``max_side`` by area averaging.

    Parameters
    ----------
    image : ndarray, (height, width) or (height, width, channels)
        uint8, uint16 or float32; returned as it is when it is small enough.
    max_side : int or None
        Longest side of the result in pixels; None keeps the size.
    """
    height, width = image.shape[:2]
    out_shape = reduced_shape(height, width, max_side)
    if out_shape == (height, width):
        return image
    flat = image[:, :, None] if image.ndim == 2 else image
    reducer = AreaReducer((height, width), out_shape, flat.shape[2])
    reducer.add(flat, 0, 0)
    small = reducer.result(image.dtype)
    return small[..., 0] if image.ndim == 2 else small
