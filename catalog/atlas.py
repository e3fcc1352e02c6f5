"""An atlas: an ordered set of plates with positions, labels and a structure tree."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import numpy as np

from catalog.errors import BrainseekError
from catalog.structures import StructureTree
from catalog.volume import Plane, Volume


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

    Every atlas sets ``name``, ``description``, ``axis`` (the cutting axis with its unit and
    zero), ``space_axes`` (the order in which points are written) and ``annotation_sources``
    (the first is the default of `annotation`).
    """

    name: ClassVar[str]
    description: ClassVar[str]
    axis: ClassVar[str]
    space_axes: ClassVar[tuple[str, str, str]]
    annotation_sources: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def plates(self) -> tuple[Plate, ...]:
        """All plates, from anterior to posterior."""

    @property
    @abstractmethod
    def structures(self) -> StructureTree:
        """The tree that explains the label numbers."""

    @abstractmethod
    def plate_image(self, number: int) -> np.ndarray:
        """Return the picture of a plate, uint8 (height, width), row 0 = superior (dorsal)."""

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
            When the atlas has no such source.
        """
        if source is None:
            return self.annotation_sources[0]
        if source not in self.annotation_sources:
            raise BrainseekError(
                f"{self.name} has no annotation {source!r}; choose one of "
                f"{', '.join(self.annotation_sources)}."
            )
        return source


ATLASES: dict[str, str] = {
    "mni152": "catalog.atlases.mni152:Mni152",
    "mouse-nissl": "catalog.atlases.mouse_nissl:MouseNissl",
}
"""Known atlases and the classes that open them, imported only when asked for."""


def atlas_names() -> tuple[str, ...]:
    """Return the names that `load_atlas` knows."""
    return tuple(ATLASES)


def load_atlas(name: str, path: Path | str | None = None) -> Atlas:
    """Open an atlas by name.

    Parameters
    ----------
    name : str
        One of `atlas_names`.
    path : path, optional
        Folder that holds the atlas' files, instead of the cache or the mirror. ``mni152`` ships
        inside the ``nilearn`` package; a path then points at a folder with its three volumes.

    Raises
    ------
    BrainseekError
        When the atlas is unknown or its files are missing.
    """
    if name not in ATLASES:
        raise BrainseekError(
            f"atlas {name!r} is not known; choose one of {', '.join(atlas_names())}."
        )
    module, _, attribute = ATLASES[name].partition(":")
    opener: Callable[[Path | None], Atlas] = getattr(import_module(module), attribute)
    return opener(None if path is None else Path(path).expanduser())
