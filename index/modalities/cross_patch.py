"""A query in one stain as a two-modality encoder takes it: gray with a dark background."""

from __future__ import annotations

from os import PathLike

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section, read_section, section_from_array
from brainseek.embedder.preprocessing.section_gray import to_gray_uint8

PatchImage = Section | NDArray[np.generic] | str | PathLike[str]
"""A section, an array (rows, columns[, 3]) or the path of an image."""


def gray_patch(
    image: PatchImage, pixel_um: float | None, bright_field: bool
) -> tuple[NDArray[np.uint8], float | None]:
    """Return a patch as gray with a dark background, and the side of its pixels in µm.

    Parameters
    ----------
    image : Section, ndarray or path
    pixel_um : float, optional
        Side of the pixels, of the file where it is one; by default what section or file state.
    bright_field : bool
        The stain is dark on a bright ground, as in Nissl seen in the microscope: invert it.
        Nothing guesses this, because a patch need not show any background.

    Returns
    -------
    gray : ndarray of uint8, (rows, columns)
    pixel_um : float or None
        None where it is not known.

    Raises
    ------
    BrainseekError
        The image can't be read or is even.
    """
    if isinstance(image, str | PathLike):
        section = read_section(str(image), max_side=None, pixel_size_um=pixel_um)
        size = section.pixel_size_um
    else:
        section = image if isinstance(image, Section) else section_from_array(image, pixel_um)
        size = pixel_um or section.pixel_size_um
    gray = to_gray_uint8(section.image)
    return (np.uint8(255) - gray if bright_field else gray), size
