"""An atlas whose plates are cuts of a volume: coronal, sagittal or horizontal."""

from functools import cached_property
from typing import Protocol

import numpy as np

from brainseek.catalog.atlases.atlas import Atlas, Plate
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.structures.tree import StructureTree
from brainseek.catalog.volumes.volume import ORIENTATIONS, Plane, Volume

TISSUE = 0.12
"""Share of the brightest grey value above which a voxel counts as tissue."""
LEAST_AREA = 0.05
"""Plates lie between the first and the last cut with this share of the largest tissue area."""
_BRIGHTEST = 99.9


class VolumeSource(Protocol):
    """What a `VolumeAtlas` is made of, in coronal order; an `Atlas` of coronal plates is one."""

    @property
    def volume(self) -> Volume | None:
        """The template."""

    @property
    def annotation_volume(self) -> Volume | None:
        """The labels, or None."""

    @property
    def structures(self) -> StructureTree:
        """The tree that explains the labels."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences that the user should know."""


class VolumeAtlas(Atlas):
    """Plates cut from a volume at equal steps.

    Numbers rise from anterior to posterior (coronal), left to right (sagittal) or superior to
    inferior (horizontal). Coronal and sagittal pictures have superior above; sagittal ones have
    anterior to the left; horizontal ones have anterior above. Left is always left.

    Parameters
    ----------
    name, description : str
        Of the atlas; the plane is added to both.
    source : VolumeSource
        Volumes in coronal order and the structures; nothing is read before it is needed.
    coordinates : tuple of three str
        What the coordinates mean, in the order of the volume's ``space_axes``.
    spacing_um : float
        Distance of plates in µm, rounded to whole voxels along the cutting axis.
    pixel_size_um : float, optional
        Pixel of the plates; by default the smaller in-plane voxel size.
    space_axes : tuple of three str
        The order in which points are written: AP, DV, ML from the front, the top and the left,
        or other names for right, anterior, superior.
    orientation, home : str
        Plane of the plates; plane of the atlas that ``name`` alone means.
    annotation_sources : tuple of str
        Name of the annotation; empty where there is none.
    encoder : str, optional
        Encoder that finds the plates.

    Raises
    ------
    BrainseekError
        When the spacing is not a positive number, or later when the volume shows no tissue.
    """

    def __init__(
        self,
        name: str,
        description: str,
        source: VolumeSource,
        *,
        coordinates: tuple[str, str, str],
        spacing_um: float,
        pixel_size_um: float | None = None,
        space_axes: tuple[str, str, str] = ("AP", "DV", "ML"),
        orientation: str = "coronal",
        home: str = "coronal",
        annotation_sources: tuple[str, ...] = ("volume",),
        encoder: str | None = None,
    ) -> None:
        if not (np.isfinite(spacing_um) and spacing_um > 0):
            raise BrainseekError(
                f"the spacing {spacing_um} of the plates of {name} must be a positive number of µm."
            )
        self._own = (name, description)
        self.source, self.home = source, home
        self.name = name if orientation == home else f"{name}@{orientation}"
        self.description = f"{description}, {orientation} plates every {spacing_um:g} µm"
        self.space_axes, self.coordinates = space_axes, coordinates
        cut_axis = _coronal_axes(space_axes)[ORIENTATIONS[orientation][0]]
        self.axis = coordinates[space_axes.index(cut_axis)]
        self.orientation = orientation
        self.spacing_um, self._pixel_size_um = spacing_um, pixel_size_um
        self.annotation_sources = annotation_sources
        self.encoder = encoder

    @cached_property
    def structures(self) -> StructureTree:
        """The tree of the source."""
        return self.source.structures

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks of the source, and that sagittal sides are hard to tell apart."""
        if self.orientation != "sagittal":
            return self.source.remarks
        return (
            *self.source.remarks,
            f"Sagittal plates of the left and the right half of {self._own[0]} look alike, so a "
            "plate that was found may lie on the wrong side.",
        )

    @cached_property
    def volume(self) -> Volume:
        """The template in the order of the plates."""
        volume = self.source.volume
        if volume is None:
            raise BrainseekError(
                f"{self._own[0]} has no volume, so it can't be cut into {self.orientation} plates; "
                "use its own plates."
            )
        return volume.oriented(self.orientation)

    @cached_property
    def annotation_volume(self) -> Volume | None:
        """The labels in the order of the plates, or None where there are none."""
        labels = self.source.annotation_volume
        return None if labels is None else labels.oriented(self.orientation)

    @cached_property
    def plates(self) -> tuple[Plate, ...]:
        """Cuts between the first and the last that show enough tissue."""
        volume = self.volume
        low, high = self._window
        area = (volume.data > low + TISSUE * (high - low)).sum((1, 2))
        enough = np.flatnonzero(area >= max(1, LEAST_AREA * area.max()))
        if not len(enough):
            raise BrainseekError(
                f"the volume of {self.name} has the same value everywhere, so it has no plates; "
                "check the file."
            )
        step = volume.step_um[0]
        stride = max(1, round(self.spacing_um / abs(step)))
        size = self._pixel_size_um or min(volume.voxel_size_um[1:])
        rows, columns = (
            round(n * voxel / size)
            for n, voxel in zip(volume.data.shape[1:], volume.voxel_size_um[1:], strict=True)
        )
        indices = range(int(enough[0]), int(enough[-1]) + 1, stride)
        return tuple(
            Plate(number, volume.origin_um[0] + step * index, rows, columns, size)
            for number, index in enumerate(indices, start=1)
        )

    def plate_image(self, number: int) -> np.ndarray:
        """Return a cut of the template, uint8; brighter than 99.9 % of the tissue is white."""
        plate = self.plate(number)
        shape = plate.height_px, plate.width_px
        cut = self.volume.cut(plate.position_um, out_shape=shape, pixel_size_um=plate.pixel_size_um)
        low, high = self._window
        return np.rint(np.clip((cut - low) / (high - low), 0, 1) * 255).astype(np.uint8)

    def annotation(
        self, number: int, source: str | None = None, mirror: bool = False
    ) -> np.ndarray:
        """Return the labels of a plate, int32 (height, width), cut from ``annotation_volume``."""
        self.checked_source(source)
        if mirror:
            raise BrainseekError(
                f"the annotation of {self.name} covers both hemispheres; leave mirror off."
            )
        plate, labels = self.plate(number), self.annotation_volume
        assert labels is not None
        shape = plate.height_px, plate.width_px
        return labels.cut_plane(self.plane(number), shape, order=0).astype(np.int32)

    def plane(self, number: int) -> Plane:
        """Return the plane of a plate, without tilt."""
        plate = self.plate(number)
        shape = plate.height_px, plate.width_px
        return self.volume.plane_of_cut(plate.position_um, (0.0, 0.0), shape, plate.pixel_size_um)

    def reoriented(self, orientation: str) -> "VolumeAtlas":
        """Return the same atlas with plates of another plane; see `reoriented`."""
        name, description = self._own
        return VolumeAtlas(
            name,
            description,
            self.source,
            coordinates=self.coordinates,
            spacing_um=self.spacing_um,
            pixel_size_um=self._pixel_size_um,
            space_axes=self.space_axes,
            orientation=orientation,
            home=self.home,
            annotation_sources=self.annotation_sources,
            encoder=self.encoder,
        )

    @cached_property
    def _window(self) -> tuple[float, float]:
        """Grey values that are shown black and white; 8-bit volumes stay as they are."""
        data = self.volume.data
        if data.dtype == np.uint8:
            return 0.0, 255.0
        some = data[::2, ::2, ::2] if data.size > 10**6 else data
        low = float(some.min())
        above = some[some > low]
        return low, float(np.percentile(above, _BRIGHTEST)) if above.size else low + 1.0


def reoriented(atlas: Atlas, orientation: str) -> VolumeAtlas:
    """Return an atlas with plates of another plane, cut from its volume.

    Parameters
    ----------
    atlas : Atlas
        A `VolumeAtlas`, or an atlas whose coronal plates are cuts of its volume.
    orientation : str
        One of `brainseek.catalog.volumes.volume.ORIENTATIONS`.

    Returns
    -------
    VolumeAtlas
        Called ``NAME@ORIENTATION``, or ``NAME`` for the plane that the name alone means.
    """
    if isinstance(atlas, VolumeAtlas):
        return atlas.reoriented(orientation)
    return VolumeAtlas(
        atlas.name,
        atlas.description.partition(", coronal")[0],
        atlas,
        coordinates=atlas.coordinates,
        spacing_um=float(np.median(np.abs(np.diff(atlas.positions_um)))),
        space_axes=atlas.space_axes,
        orientation=orientation,
        annotation_sources=atlas.annotation_sources,
        encoder=atlas.encoder,
    )


def _coronal_axes(space_axes: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return the names of anterior-posterior, superior-inferior and left-right."""
    a, b, c = space_axes
    return space_axes if space_axes == ("AP", "DV", "ML") else (b, c, a)
