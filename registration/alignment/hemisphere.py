"""Targets for hemisections: the other half of a plate or plane is taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.alignment.alignment import Target

Hemisphere = Literal["both", "left", "right"]


def check_hemisphere(atlas: Atlas, hemisphere: Hemisphere) -> None:
    """Refuse a hemisphere that does not exist.

    Raises
    ------
    BrainseekError
        When the name is unknown, or one half is wanted of sagittal planes.
    """
    if hemisphere not in get_args(Hemisphere):
        raise BrainseekError(
            f"the hemisphere {hemisphere!r} is not known; choose one of "
            f"{', '.join(get_args(Hemisphere))}."
        )
    if hemisphere != "both" and atlas.orientation == "sagittal":
        raise BrainseekError(
            f"a sagittal plane of {atlas.name} has no {hemisphere} half: it lies in one "
            "hemisphere as a whole; leave the hemisphere out."
        )


def one_hemisphere(target: Target, atlas: Atlas, hemisphere: Hemisphere) -> Target:
    """Set image and labels of the other half to background (0).

    Parameters
    ----------
    target : Target
        A plate or plane of ``atlas``.
    atlas : Atlas
    hemisphere : {"both", "left", "right"}
        The half that stays, left or right as the atlas shows it. Plates whose labels were drawn
        on one half are parted at the edge of those labels, everything else at the middle of the
        annotation volume (of the template where there are no labels).

    Raises
    ------
    BrainseekError
        As in `check_hemisphere`.
    """
    check_hemisphere(atlas, hemisphere)
    if hemisphere == "both":
        return target
    left = _left_half(target, atlas)
    gone = ~left if hemisphere == "left" else left
    image, labels = target.image.copy(), target.labels.copy()
    image[gone] = 0
    labels[gone] = 0
    return replace(target, image=image, labels=labels)


def _left_half(target: Target, atlas: Atlas) -> NDArray[np.bool_]:
    """Return which pixels of a target lie left of the midline, (height, width)."""
    height, width = target.image.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    line = None if target.plate is None else atlas.midline(target.plate)
    if line is not None:
        offset, slope = line
        return np.asarray(columns < offset + slope * rows)
    volume = atlas.annotation_volume or atlas.volume
    assert volume is not None
    axis = volume.space_axes.index(volume.axes[2])
    s, t = (columns + 0.5) / width, (rows + 0.5) / height
    o, u, v = (vector[axis] for vector in (target.plane.o, target.plane.u, target.plane.v))
    beyond = (o + s * u + t * v - volume.centre_um[2]) * np.sign(volume.step_um[2])
    return np.asarray(beyond < 0)
