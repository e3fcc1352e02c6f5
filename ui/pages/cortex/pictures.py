"""What the template shows around a place: three planes of a patch beside each other."""

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.registration.cortex.template_patches import TemplatePatches

ENLARGED = 3
GAP = 6
"""Pixels between the planes of the enlarged picture."""
_ARM = 12
_FREE = 4
"""Where the arms of the cross end and begin, in pixels from the place."""
_CROSS = np.array([229, 0, 79], np.uint8)


def planes_picture(patches: TemplatePatches, vertex: int) -> NDArray[np.uint8]:
    """Return the picture of a place, (height, 3 height + 2 gaps, 3).

    From left to right: along the cortex to the front, at right angles to that, and parallel to the
    surface through the middle of the patch. In the first two the outside of the brain is on top
    and a cross marks the vertex; in the third it marks the point below it.
    """
    gray = patches.planes(vertex)
    side = gray.shape[0]
    shown = []
    for number in range(3):
        large = cv2.resize(
            np.ascontiguousarray(gray[..., number]), None, fx=ENLARGED, fy=ENLARGED,
            interpolation=cv2.INTER_CUBIC,
        )  # fmt: skip
        coloured = np.repeat(large[..., None], 3, axis=2).astype(np.uint8)
        row = (patches.outside if number < 2 else 0.5) * side * ENLARGED
        _mark(coloured, round(row), round(0.5 * side * ENLARGED))
        shown.append(coloured)
    gap = np.full((side * ENLARGED, GAP, 3), 255, np.uint8)
    return np.concatenate([shown[0], gap, shown[1], gap, shown[2]], axis=1)


def _mark(picture: NDArray[np.uint8], row: int, column: int) -> None:
    """Draw a cross that leaves its middle free."""
    for near, far in ((-_ARM, -_FREE), (_FREE, _ARM)):
        up = slice(max(0, row + near), max(0, row + far))
        across = slice(max(0, column + near), max(0, column + far))
        picture[up, column - 1 : column + 2] = _CROSS
        picture[max(0, row - 1) : row + 2, across] = _CROSS
