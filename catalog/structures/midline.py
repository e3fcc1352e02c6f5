"""Completing labels that cover the right half of a section only."""

from itertools import pairwise

import numpy as np

from brainseek.catalog.core.errors import BrainseekError


def midline(labels: np.ndarray) -> tuple[float, float]:
    """Find the sagittal plane of a section from the labels of its right half.

    The labelled half touches the midline at several heights, so the midline is the side of its
    convex hull that faces left; where there are several, the one that spans the most rows.

    Parameters
    ----------
    labels : ndarray, (height, width)
        0 = unlabelled; the labelled half lies to the right of the midline.

    Returns
    -------
    (offset, slope)
        The line ``column = offset + slope * row`` in pixel indices.

    Raises
    ------
    BrainseekError
        When fewer than two rows carry a label.
    """
    rows = np.flatnonzero((labels > 0).any(axis=1))
    if len(rows) < 2:
        raise BrainseekError(
            "the annotation has no labelled half, so there is nothing to mirror; "
            "leave mirror off or choose another plate."
        )
    columns = np.argmax(labels[rows] > 0, axis=1)
    hull: list[tuple[int, int]] = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        while len(hull) > 1 and _turns_right_of(hull[-2], hull[-1], (row, column)):
            hull.pop()
        hull.append((row, column))
    (top_row, top), (bottom_row, bottom) = max(
        pairwise(hull), key=lambda side: side[1][0] - side[0][0]
    )
    slope = (bottom - top) / (bottom_row - top_row)
    return top - 0.5 - slope * top_row, slope


def _turns_right_of(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    """Tell whether b lies on or to the right of the line from a to c (points: row, column)."""
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0])


def mirror_right_half(labels: np.ndarray) -> np.ndarray:
    """Copy the labels of the right half to the left half, reflected at the `midline`.

    Parameters
    ----------
    labels : ndarray, (height, width)
        0 = unlabelled.

    Returns
    -------
    ndarray, (height, width)
        The same labels on the right; on the left the label of the reflected pixel, 0 where the
        reflection leaves the image.
    """
    offset, slope = midline(labels)
    height, width = labels.shape
    row, column = np.mgrid[:height, :width].astype(np.float32)
    # Reflection at the line with normal (column, row) = (1, -slope): p' = p - 2 (n·p - c) n / n².
    distance = (column - offset - slope * row) / (1 + slope**2)
    from_row = np.rint(row + 2 * slope * distance).astype(np.int32)
    from_column = np.rint(column - 2 * distance).astype(np.int32)
    inside = (distance < 0) & (from_row >= 0) & (from_row < height)
    inside &= (from_column >= 0) & (from_column < width)
    inside &= labels == 0
    whole = labels.copy()
    whole[inside] = labels[from_row[inside], from_column[inside]]
    return whole
