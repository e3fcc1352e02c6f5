"""The pixel size of an image that does not state it, from the size of its tissue in the atlas."""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from brainseek.registration.alignment.alignment import Alignment


def estimated_pixel_size_um(alignment: "Alignment", full: tuple[int, int]) -> float:
    """Return the side of a pixel of the file in µm, as if the tissue had its size in the atlas.

    Shrinkage and swelling of the tissue go into it: expect it to be some 10 % off.

    Parameters
    ----------
    alignment : Alignment
        Of the section.
    full : (height, width)
        Size of the file in pixels.
    """
    u, v = np.array(alignment.plane.u, float), np.array(alignment.plane.v, float)
    area_um2 = float(np.linalg.norm(np.cross(u, v)))
    return math.sqrt(area_um2 / (full[0] * full[1]))
