"""The planes of the template through the place of a patch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.volumes.volume import ORIENTATIONS
from brainseek.registration.patches.patch_place import PatchPlace
from brainseek.registration.planes.cuts import volume_of

PLANES = ("coronal", "sagittal", "horizontal")
PIXEL_UM = 25.0
_BRIGHT_PERCENT = 99.9


@dataclass(frozen=True, eq=False)
class PlaneCut:
    """A plane of the template, and what is known of a place in it.

    Attributes
    ----------
    gray : ndarray of uint8, (rows, columns)
        Pixels of `PIXEL_UM`.
    place : ndarray, (2,)
        Row and column of the place.
    candidates, others : ndarray, (n, 2)
        Rows and columns of the candidates and of other points, dropped onto the plane.
    sd_px, likely_px : ndarray (2,), float
        Standard deviation along rows and columns, and the likely error.
    """

    gray: NDArray[np.uint8]
    place: NDArray[np.float64]
    candidates: NDArray[np.float64]
    others: NDArray[np.float64]
    sd_px: NDArray[np.float64]
    likely_px: float


def plane_cut(
    answer: PatchPlace, orientation: str, points_um: NDArray[np.float64] | None = None
) -> PlaneCut:
    """Cut the template through a place.

    Parameters
    ----------
    answer : PatchPlace
        Its atlas must be on this machine.
    orientation : str
        One of `PLANES`.
    points_um : ndarray, (n, 3), optional
        Other points (AP, DV, ML) that are wanted in the cut.
    """
    atlas = load_atlas(answer.atlas)
    volume = volume_of(atlas).oriented(orientation)
    order = [volume.space_axes.index(axis) for axis in volume.axes]
    others = np.zeros((0, 3)) if points_um is None else points_um
    points = np.vstack([answer.point_um, answer.candidates_um, others])[:, order]
    cut = volume.cut(float(points[0, 0]), pixel_size_um=PIXEL_UM)
    top = float(np.percentile(volume.data, _BRIGHT_PERCENT))
    voxels = (points[:, 1:] - volume.origin_um[1:]) / volume.step_um[1:]
    per_pixel = np.array(volume.voxel_size_um[1:]) / PIXEL_UM
    spots = (voxels + 0.5) * per_pixel - 0.5
    down_across = ORIENTATIONS[orientation][1:]
    return PlaneCut(
        np.clip(cut * (255.0 / top), 0, 255).astype(np.uint8),
        spots[0],
        spots[1 : 1 + len(answer.candidates_um)],
        spots[1 + len(answer.candidates_um) :],
        np.array([answer.sd_um[axis] for axis in down_across]) / PIXEL_UM,
        answer.likely_um / PIXEL_UM,
    )
