"""Outlines of the regions of a label image, such that neighbours share their border exactly.

Every border between two labels is a chain of unit pixel edges. The outline joins the middles of
these edges: it is what marching squares gives for each region, staircases become diagonals, both
neighbours get the same points, and a pixel's centre is inside the outline of its own label only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]

_RIGHT, _DOWN, _LEFT, _UP = range(4)


@dataclass(frozen=True, eq=False)
class Polygon:
    """One connected piece of a region.

    Attributes
    ----------
    outer : ndarray, (n, 2)
        (x, y) of the corners, closed: the last is the first again. The unit is the pixel, the
        corner of the image is (0, 0) and the centre of its first pixel (0.5, 0.5).
    holes : tuple of ndarray
        Outlines of what it surrounds without holding it.
    """

    outer: Ring
    holes: tuple[Ring, ...]


def outlines(labels: NDArray[np.integer]) -> dict[int, list[Polygon]]:
    """Return the pieces of every label but 0.

    Parameters
    ----------
    labels : ndarray of int, (height, width)
        Label numbers; pixels that touch at a corner only belong to separate pieces.
    """
    rings = _rings(labels)
    found: dict[int, list[Polygon]] = {}
    for label in sorted(rings):
        found[label] = _pieces(labels, label, rings[label])
    return found


def _rings(labels: NDArray[np.integer]) -> dict[int, list[tuple[int, int, Ring]]]:
    """Walk around every region: (row, column) of a pixel of it, and the outline, per label.

    Outer outlines run clockwise as seen on a screen, holes the other way.
    """
    padded = np.pad(labels, 1)
    inner = padded[1:-1, 1:-1]
    # Edge d of pixel (r, c) exists where the neighbour on that side differs.
    sides = np.stack(
        [
            inner != padded[:-2, 1:-1],
            inner != padded[1:-1, 2:],
            inner != padded[2:, 1:-1],
            inner != padded[1:-1, :-2],
        ]
    )
    sides &= inner != 0
    direction, row, column = np.nonzero(sides)
    number = np.full(sides.shape, -1, np.int64)
    number[direction, row, column] = np.arange(len(row))
    follower = _followers(sides, number, direction, row, column).tolist()
    middle_x = column + np.array([0.5, 1.0, 0.5, 0.0])[direction]
    middle_y = row + np.array([0.0, 0.5, 1.0, 0.5])[direction]
    open_edges = bytearray(b"\x01" * len(row))
    rings: dict[int, list[tuple[int, int, Ring]]] = {}
    for start in range(len(row)):
        if not open_edges[start]:
            continue
        chain, edge = [], start
        while open_edges[edge]:
            open_edges[edge] = 0
            chain.append(edge)
            edge = follower[edge]
        r, c = int(row[start]), int(column[start])
        ring = _without_straight(np.column_stack([middle_x[chain], middle_y[chain]]))
        rings.setdefault(int(labels[r, c]), []).append((r, c, ring))
    return rings


def _followers(
    sides: NDArray[np.bool_],
    number: NDArray[np.int64],
    direction: NDArray[np.int64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return for every edge the next one: turn right around the pixel, go straight, or left."""
    ahead_row = np.array([0, 1, 0, -1])[direction] + row
    ahead_column = np.array([1, 0, -1, 0])[direction] + column
    turn = (direction + 1) % 4
    right = sides[turn, row, column]
    height, width = sides.shape[1:]
    safe_row, safe_column = ahead_row.clip(0, height - 1), ahead_column.clip(0, width - 1)
    straight = ~right & sides[direction, safe_row, safe_column]
    back = (direction + 3) % 4
    beside_row = np.array([-1, 0, 1, 0])[direction] + ahead_row
    beside_column = np.array([0, 1, 0, -1])[direction] + ahead_column
    return np.where(
        right,
        number[turn, row, column],
        np.where(
            straight,
            number[direction, safe_row, safe_column],
            number[back, beside_row.clip(0, height - 1), beside_column.clip(0, width - 1)],
        ),
    )


def _without_straight(ring: Ring) -> Ring:
    """Leave out points on straight stretches, and close the ring."""
    before, after = ring - np.roll(ring, 1, 0), np.roll(ring, -1, 0) - ring
    bent = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    kept = ring[bent]
    return np.vstack([kept, kept[:1]])


def _pieces(
    labels: NDArray[np.integer], label: int, rings: list[tuple[int, int, Ring]]
) -> list[Polygon]:
    """Give every hole to the piece that it lies in."""
    outer = [ring for ring in rings if _area(ring[2]) > 0]
    holes = [ring for ring in rings if _area(ring[2]) <= 0]
    if not holes:
        return [Polygon(ring, ()) for _, _, ring in outer]
    from scipy.ndimage import label as number_pieces

    pieces, _ = number_pieces(labels == label)
    inside: dict[int, list[Ring]] = {}
    for row, column, ring in holes:
        inside.setdefault(int(pieces[row, column]), []).append(ring)
    return [
        Polygon(ring, tuple(inside.get(int(pieces[row, column]), ())))
        for row, column, ring in outer
    ]


def _area(ring: Ring) -> float:
    """Signed area: positive for an outer outline."""
    x, y = ring[:-1, 0], ring[:-1, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
