"""Sections that lie mirrored or upside down, set upright for comparing and aligning them."""

from dataclasses import replace

import numpy as np

from brainseek.catalog.sections.section import Section

Axes = tuple[int, ...]
"""Axes of an image along which it is reversed: 0 rows, 1 columns."""

HALF_TURN: Axes = (0, 1)


def upright_axes(turned_deg: int, mirrored: bool) -> Axes:
    """Return the axes along which a section is reversed to set it upright, and back.

    Parameters
    ----------
    turned_deg : int
        180 where it lies upside down, else 0.
    mirrored : bool
        Left and right are exchanged.
    """
    if turned_deg == 180:
        return (0,) if mirrored else HALF_TURN
    return (1,) if mirrored else ()


def flip_section(section: Section, axes: Axes) -> Section:
    """Return a section with image and tissue mask reversed along some axes."""
    if not axes:
        return section
    mask = section.tissue_mask
    return replace(
        section,
        image=np.ascontiguousarray(np.flip(section.image, axes)),
        tissue_mask=None if mask is None else np.ascontiguousarray(np.flip(mask, axes)),
    )
