"""The windows of a plane, and one row to be made."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.sections.readers.nifti import slice_plane
from brainseek.index.ingest.planning.atlas_position import AtlasPlaces
from brainseek.index.table.schema import Window, row_id
from brainseek.index.writing.places import Place


@dataclass(frozen=True)
class SourcePlane:
    """One plane of a file.

    Attributes
    ----------
    uri, sha256 : str
        The file and the digest of its bytes.
    index, axis : int or None
        Which plane of a stack or volume; None for flat images. ``axis`` only for volumes.
    pixel_size_um : float or None
        Side of a pixel of the file in µm (the finer one where they are not square).
    given_size_um : float or None
        The same where the user gave it instead of the file.
    """

    uri: str
    sha256: str
    index: int | None
    axis: int | None
    pixel_size_um: float | None
    given_size_um: float | None


@dataclass(frozen=True, slots=True)
class PatchJob:
    """One row to be made. Small, and it can be sent to another process.

    Attributes
    ----------
    plane : SourcePlane
        Shared by all jobs of the plane.
    window : Window or None
        The part of it; None for the whole plane.
    kind : str
        "patch" or "section".
    id : str
        Made from the file's content and the place in it by `brainseek.index.table.schema.row_id`.
    place : Place or None
        Where the centre lies in the atlas, if one was named.
    """

    plane: SourcePlane
    window: Window | None
    kind: str
    id: str
    place: Place | None = None


@dataclass(frozen=True, eq=False)
class PlanePlan:
    """The windows of one plane, eight bytes each; `jobs` spells them out.

    Attributes
    ----------
    plane : SourcePlane
    shape : (height, width)
        Size of the plane in pixels.
    window : (height, width) or None
        Size of the windows; None when the whole plane is one row.
    origins : ndarray of int32, (n, 2)
        First row and column of each window; one pair of zeros for a whole plane.
    places : AtlasPlaces or None
        Finds the positions in the atlas.
    """

    plane: SourcePlane
    shape: tuple[int, int]
    window: tuple[int, int] | None
    origins: NDArray[np.int32]
    places: AtlasPlaces | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.origins)

    def ids(self, numbers: Sequence[int] | None = None) -> list[str]:
        """Return the ids of the rows with the given numbers, or of all."""
        chosen = range(len(self)) if numbers is None else numbers
        kind = "section" if self.window is None else "patch"
        plane = self.plane
        return [
            row_id(kind, plane.sha256, plane.index, plane.axis, self._window(number))
            for number in chosen
        ]

    def jobs(self, numbers: Sequence[int] | None = None) -> list[PatchJob]:
        """Return the jobs with the given numbers, or all; spell out a large plane in parts."""
        chosen = list(range(len(self)) if numbers is None else numbers)
        places: list[Place] | list[None] = [None] * len(chosen)
        if self.places is not None and self.plane.index is not None and chosen:
            assert self.plane.axis is not None
            height, width = self.shape if self.window is None else self.window
            middle = self.origins[chosen] + np.array([height, width]) / 2
            fractions = (middle / np.array(self.shape))[:, ::-1]
            found = slice_plane(self.plane.uri, self.plane.index, self.plane.axis)
            places = self.places.places(found, fractions)
        kind = "section" if self.window is None else "patch"
        return [
            PatchJob(self.plane, self._window(number), kind, name, place)
            for number, name, place in zip(chosen, self.ids(chosen), places, strict=True)
        ]

    def _window(self, number: int) -> Window | None:
        if self.window is None:
            return None
        row, column = self.origins[number].tolist()
        return Window(row, column, *self.window)
