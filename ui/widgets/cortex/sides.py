"""The sides from which a cortex is drawn, and where each lies in the picture."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.surfaces.surface import SIDES

Anatomical = Literal["lateral", "medial", "dorsal", "ventral"]

TILE_HEIGHT = 460
"""Pixels of one view from top to bottom."""
WIDE, NARROW = 620, 430
"""Pixels of one view from left to right: of one hemisphere from the side, of both from above."""


@dataclass(frozen=True)
class ViewSide:
    """One view of the picture.

    Attributes
    ----------
    kind : {"lateral", "medial", "dorsal", "ventral"}
    side : int or None
        Hemisphere that is seen, 0 left or 1 right; None for both.
    tile : (int, int)
        Line and place in the line.
    """

    kind: Anatomical
    side: int | None
    tile: tuple[int, int]

    @property
    def title(self) -> str:
        """What is written above the view."""
        if self.side is not None:
            return f"{SIDES[self.side]} {self.kind}"
        return "dorsal (left is left)" if self.kind == "dorsal" else "ventral (left is right)"

    @property
    def axes(self) -> NDArray[np.float64]:
        """Unit vectors up, right and towards the eye, (3, 3), as rows in x, y, z."""
        if self.side is None:
            right = 1.0 if self.kind == "dorsal" else -1.0
            return np.array([[0.0, 1.0, 0.0], [right, 0.0, 0.0], [0.0, 0.0, right]])
        eye = (1.0 if self.side else -1.0) * (1.0 if self.kind == "lateral" else -1.0)
        return np.array([[0.0, 0.0, 1.0], [0.0, eye, 0.0], [eye, 0.0, 0.0]])


FOUR = (
    ViewSide("lateral", 0, (0, 0)), ViewSide("lateral", 1, (0, 1)),
    ViewSide("medial", 0, (1, 0)), ViewSide("medial", 1, (1, 1)),
)  # fmt: skip
SIX = (*FOUR, ViewSide("dorsal", None, (0, 2)), ViewSide("ventral", None, (1, 2)))


class Tile(NamedTuple):
    """Part of the picture that one view fills, in pixels."""

    top: int
    left: int
    height: int
    width: int


def tiles(looks: tuple[ViewSide, ...], scale: float) -> tuple[list[Tile], tuple[int, int]]:
    """Return the tile of each view, and height and width of the picture."""
    tall = round(scale * TILE_HEIGHT)
    lines, columns = (1 + max(look.tile[axis] for look in looks) for axis in (0, 1))
    both = {look.tile[1] for look in looks if look.side is None}
    wide = [round(scale * (NARROW if column in both else WIDE)) for column in range(columns)]
    places = [
        Tile(look.tile[0] * tall, sum(wide[: look.tile[1]]), tall, wide[look.tile[1]])
        for look in looks
    ]
    return places, (lines * tall, sum(wide))
