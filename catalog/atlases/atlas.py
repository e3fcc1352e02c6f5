"""An atlas: an ordered set of plates with positions, labels and a structure tree."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.structures.tree import StructureTree
from brainseek.catalog.volumes.volume import ORIENTATIONS, Plane, Volume


@dataclass(frozen=True)
class Plate:
    """One reference section of an atlas.

    Attributes
    ----------
    number : int
        Its number in the atlas, from 1, rising from anterior to posterior.
    position_um : float
        Place of its centre along the cutting axis (see `Atlas.axis`), in µm.
    height_px, width_px : int
        Size of its image.
    pixel_size_um : float
        Width of one pixel in atlas µm.
    """

    number: int
    position_um: float
    height_px: int
    width_px: int
    pixel_size_um: float


class Atlas(ABC):
    """An ordered set of plates. Names and positions are light; pictures are read when asked for.

    Attributes
    ----------
    name, description : str
        What it is called, and one line about it.
    axis : str
        The cutting axis with its unit and zero.
    space_axes : tuple of three str
        The order in which points are written.
    coordinates : tuple of three str
        What the three coordinates mean, like ``axis``, in the order of ``space_axes``.
    annotation_sources : tuple of str
        What `annotation` offers, its default first; empty for an atlas without labels.
    orientation : str
        Plane of the plates, one of `brainseek.catalog.volumes.volume.ORIENTATIONS`.
    encoder : str or None
        Encoder that finds its plates where none was released for this very atlas.
    cut_atlas : str or None
        Where the plates are pictures of their own, the atlas whose plates are cuts of the volume.
    """

    name: str
    description: str
    axis: str
    space_axes: tuple[str, str, str]
    coordinates: tuple[str, str, str]
    annotation_sources: tuple[str, ...]
    orientation: str = "coronal"
    encoder: str | None = None
    cut_atlas: str | None = None

    @property
    def other_planes(self) -> tuple[str, ...]:
        """Planes in which its volume is cut too, as in ``NAME@PLANE``."""
        if self.cut_atlas is not None:
            return ()
        return tuple(plane for plane in ORIENTATIONS if plane != self.orientation)

    @property
    @abstractmethod
    def plates(self) -> tuple[Plate, ...]:
        """All plates along the cutting axis, from anterior, left or superior."""

    @property
    @abstractmethod
    def structures(self) -> StructureTree:
        """The tree that explains the label numbers."""

    @abstractmethod
    def plate_image(self, number: int) -> np.ndarray:
        """Return the picture of a plate, uint8 (height, width), row 0 = superior (dorsal).

        In horizontal plates row 0 is anterior.
        """

    @abstractmethod
    def annotation(
        self, number: int, source: str | None = None, mirror: bool = False
    ) -> np.ndarray:
        """Return the labels of a plate, int32 (height, width), 0 = no structure.

        Parameters
        ----------
        number : int
            Plate number, from 1.
        source : str, optional
            One of ``annotation_sources``; by default the first.
        mirror : bool
            Fill an unlabelled half with the mirror image of the labelled one. Only where the
            source labels one half; anything else is an error.
        """

    @abstractmethod
    def plane(self, number: int) -> Plane:
        """Return the plane of a plate's image in atlas space, in µm."""

    @property
    @abstractmethod
    def volume(self) -> Volume | None:
        """The volume behind the atlas for cuts at any angle, or None where there is none."""

    @property
    def annotation_volume(self) -> Volume | None:
        """Labels for cuts at any angle (order 0), or None where there are none.

        They lie in the space of ``volume`` and in the same order of axes, but may have voxels of
        another size.
        """
        return None

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences that whoever uses this atlas on this machine should know."""
        return ()

    @property
    def plane_remarks(self) -> tuple[str, ...]:
        """What whoever cuts its volume at a plane should know besides."""
        return ()

    def midline(self, number: int) -> tuple[float, float] | None:
        """Return the line between the halves of a plate's picture, where labels show it.

        Returns
        -------
        (offset, slope) or None
            The line ``column = offset + slope * row`` in pixels; None where the middle of the
            volume is the best guess.
        """
        return None

    @cached_property
    def positions_um(self) -> np.ndarray:
        """Position of every plate in µm, float64 (n_plates,), in the order of ``plates``."""
        return np.array([plate.position_um for plate in self.plates])

    @cached_property
    def _plate_by_number(self) -> dict[int, Plate]:
        return {plate.number: plate for plate in self.plates}

    def plate(self, number: int) -> Plate:
        """Return a plate by its number; `BrainseekError` when the atlas has no such plate."""
        try:
            return self._plate_by_number[int(number)]
        except KeyError:
            raise BrainseekError(
                f"{self.name} has no plate {number}; its plates are "
                f"{self.plates[0].number} to {self.plates[-1].number}."
            ) from None

    def pixel_size_um(self, number: int) -> float:
        """Return the width of one pixel of a plate in atlas µm."""
        return self.plate(number).pixel_size_um

    def checked_source(self, source: str | None) -> str:
        """Return the annotation source that was asked for, or the default one.

        Raises
        ------
        BrainseekError
            When the atlas has no such source, or no annotation at all.
        """
        if not self.annotation_sources:
            raise BrainseekError(
                f"{self.name} has no annotation, only pictures; choose another atlas for regions."
            )
        if source is None:
            return self.annotation_sources[0]
        if source not in self.annotation_sources:
            raise BrainseekError(
                f"{self.name} has no annotation {source!r}; choose one of "
                f"{', '.join(self.annotation_sources)}."
            )
        return source
