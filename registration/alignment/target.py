"""What a section is aligned to: a plate of an atlas, or a cut through its volume."""

from __future__ import annotations

import math

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.alignment.alignment import Target
from brainseek.registration.alignment.hemisphere import Hemisphere, one_hemisphere


def target_from_plate(
    atlas: Atlas,
    plate: int,
    labels: str | None = None,
    mirror: bool = True,
    hemisphere: Hemisphere = "both",
) -> Target:
    """Return a plate of an atlas with its labels.

    Parameters
    ----------
    atlas : Atlas
    plate : int
        Number of the plate.
    labels : str, optional
        One of ``atlas.annotation_sources``; by default the first, and no labels at all (0)
        where the atlas has none.
    mirror : bool
        Fill an unlabelled half with the mirror image of the labelled one, where the source
        labels one half only. A plate without any label stays unlabelled.
    hemisphere : {"both", "left", "right"}
        The half that stays, for hemisections; see
        `registration.alignment.hemisphere.one_hemisphere`.

    Raises
    ------
    BrainseekError
        When the atlas has no such plate or annotation, or one half of a sagittal plate is wanted.
    """
    image = atlas.plate_image(plate)
    if labels is None and not atlas.annotation_sources:
        found = np.zeros(image.shape[:2], np.int32)
    else:
        source = atlas.checked_source(labels)
        found = atlas.annotation(plate, source).astype(np.int32, copy=False)
        # Only atlases drawn on one half know a midline; elsewhere labels may lie on one side too.
        if mirror and _half_is_labelled(found) and atlas.midline(plate) is not None:
            found = atlas.annotation(plate, source, mirror=True).astype(np.int32, copy=False)
    target = Target(
        atlas=atlas.name,
        plate=int(plate),
        plane=atlas.plane(plate),
        image=image,
        labels=found,
        pixel_size_um=atlas.pixel_size_um(plate),
    )
    return one_hemisphere(target, atlas, hemisphere)


def target_from_plane(
    atlas: Atlas,
    plane: Plane | tuple[float, tuple[float, float]],
    shape: tuple[int, int] | None = None,
    pixel_size_um: float | None = None,
    hemisphere: Hemisphere = "both",
) -> Target:
    """Return a cut through the volume of an atlas.

    Parameters
    ----------
    atlas : Atlas
        It must have a volume.
    plane : Plane, or (position_um, (pitch, yaw) in degrees)
        Where to cut; the second form as in `brainseek.catalog.volumes.volume.Volume.cut`.
    shape : (rows, columns), optional
        Size of the image; by default it spans the volume.
    pixel_size_um : float, optional
        Side of a pixel; by default a quarter of the smaller in-plane voxel size, or for a
        ``Plane`` its width over ``shape``.
    hemisphere : {"both", "left", "right"}
        As in `target_from_plate`.

    Returns
    -------
    Target
        Without labels (all 0) where the atlas has no annotation volume.

    Raises
    ------
    BrainseekError
        When the atlas has no volume, the plane misses it, or one half of a sagittal plane is
        wanted.
    """
    volume = atlas.volume
    if volume is None:
        raise BrainseekError(
            f"{atlas.name} has no volume to cut; align to one of its plates instead."
        )
    _, row_um, column_um = volume.voxel_size_um
    size = pixel_size_um or min(row_um, column_um) / 4
    spans = volume.data.shape[1] * row_um, volume.data.shape[2] * column_um
    if isinstance(plane, Plane):
        width_um, height_um = (math.hypot(*edge) for edge in (plane.u, plane.v))
        shape = shape or (max(16, round(height_um / size)), max(16, round(width_um / size)))
        size = width_um / shape[1]
    else:
        shape = shape or (round(spans[0] / size), round(spans[1] / size))
        plane = volume.plane_of_cut(plane[0], plane[1], shape, size)
    image = volume.cut_plane(plane, shape)
    if not image.any():
        raise BrainseekError(
            f"the plane at {plane.point(0.5, 0.5)} µm misses the volume of {atlas.name}; "
            f"positions are given as {atlas.axis}."
        )
    labels = np.zeros(shape, np.int32)
    annotation = atlas.annotation_volume
    if annotation is not None:
        labels = annotation.cut_plane(plane, shape, order=0).astype(np.int32)
    target = Target(atlas.name, None, plane, image, labels, size)
    return one_hemisphere(target, atlas, hemisphere)


def _half_is_labelled(labels: np.ndarray) -> bool:
    """Tell whether labels lie (nearly) all in the right half of an image."""
    columns = (labels > 0).sum(axis=0)
    total = int(columns.sum())
    return total > 0 and int(columns[: int(len(columns) * 0.4)].sum()) < 0.05 * total
