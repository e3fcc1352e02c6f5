"""What two-modality encoders see of a section: gray with a dark background, and its tissue."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.section import Section
from brainseek.embedder.preprocessing.section_gray import (
    dark_background,
    shrink,
    tissue_mask,
    to_gray_uint8,
)

MASK_SIDE = 512
SMALLEST_PIECE = 0.05
"""Pieces of tissue below this share of the largest are left out."""


def paired_gray(section: Section) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return gray (rows, columns) uint8 with a dark background, and the tissue, bool.

    A section's own tissue mask is taken where it has one.
    """
    gray = dark_background(to_gray_uint8(section.image))
    if section.tissue_mask is not None:
        return gray, section.tissue_mask
    small = tissue_mask(shrink(gray, MASK_SIDE), SMALLEST_PIECE).astype(np.uint8)
    rows, columns = gray.shape
    mask = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_NEAREST)
    return gray, np.asarray(mask, bool)
