"""A section laid over a plate by plain scaling of the two tissue boxes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.preprocessing.section_gray import (
    Preprocessing,
    dark_background,
    tissue_box,
    to_gray_uint8,
)

Box = tuple[int, int, int, int]


def overlay(
    section: NDArray[np.uint8],
    section_box: Box,
    plate: NDArray[np.uint8],
    plate_box: Box,
    opacity: float,
) -> NDArray[np.uint8]:
    """Blend a section over a plate so that their tissue boxes coincide.

    This is a first look and not an alignment: the section is moved and scaled, its height and
    width separately, and neither turned nor warped.

    Parameters
    ----------
    section, plate : ndarray of uint8, (rows, columns) or (rows, columns, 3)
        The pictures.
    section_box, plate_box : (top, bottom, left, right)
        Where the tissue lies in each, in pixels; bottom and right are exclusive.
    opacity : float
        0 shows the plate alone, 1 the section alone inside its own outline.

    Returns
    -------
    ndarray of uint8, (rows, columns, 3)
        Of the size of the plate.

    Raises
    ------
    BrainseekError
        The opacity lies outside 0..1 or a box is empty.
    """
    if not 0 <= opacity <= 1:
        raise BrainseekError(f"the opacity {opacity} is not between 0 and 1.")
    for top, bottom, left, right in (section_box, plate_box):
        if bottom <= top or right <= left:
            raise BrainseekError(
                f"the tissue box {(top, bottom, left, right)} is empty; there is nothing to lay "
                "over the plate."
            )
    below = Image.fromarray(plate).convert("RGB")
    above = Image.fromarray(section).convert("RGB")
    scale_y = (section_box[1] - section_box[0]) / (plate_box[1] - plate_box[0])
    scale_x = (section_box[3] - section_box[2]) / (plate_box[3] - plate_box[2])
    # PIL wants the map from output to input: input = scale * output + shift.
    shift_x = section_box[2] - plate_box[2] * scale_x
    shift_y = section_box[0] - plate_box[0] * scale_y
    matrix = (scale_x, 0.0, shift_x, 0.0, scale_y, shift_y)
    placed = above.transform(
        below.size, Image.Transform.AFFINE, matrix, resample=Image.Resampling.BILINEAR
    )
    covered = Image.new("L", above.size, round(255 * opacity)).transform(
        below.size, Image.Transform.AFFINE, matrix
    )
    return np.asarray(Image.composite(placed, below, covered))


def tissue_of(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Box]:
    """Return a picture in gray on a dark background, and where its tissue lies.

    The box is (top, bottom, left, right) in pixels.
    """
    gray = dark_background(to_gray_uint8(image))
    return gray, tissue_box(gray, Preprocessing().min_component, margin=0)
