"""From a slice of a volume that lies in atlas space to positions and structures."""

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.nifti import slice_plane
from brainseek.catalog.volumes.volume import Plane
from brainseek.index.ingest.planning.sources import Source
from brainseek.index.ingest.planning.structure_lookup import StructureLookup
from brainseek.index.writing.places import Place

_MNI, _CCF = ("x", "y", "z"), ("AP", "DV", "ML")


class AtlasPlaces:
    """Positions and structures for NIfTI volumes in the space of one atlas.

    The world coordinates of the file, (right, anterior, superior) in mm, are taken to be

    - MNI coordinates for atlases with ``space_axes`` (x, y, z);
    - CCFv3 with its origin at the front, top and left for (AP, DV, ML), that is
      AP = -anterior, DV = -superior, ML = right.

    Parameters
    ----------
    atlas : Atlas
        E.g. ``load_atlas("mni152")``.

    Raises
    ------
    BrainseekError
        The atlas writes its points in other axes.
    """

    def __init__(self, atlas: Atlas) -> None:
        if atlas.space_axes not in (_MNI, _CCF):
            raise BrainseekError(
                f"atlas {atlas.name} has the axes {', '.join(atlas.space_axes)}, which a volume's "
                "affine can't be turned into; leave --atlas out."
            )
        self.atlas = atlas
        self._lookup = StructureLookup(atlas)

    def check(self, source: Source) -> None:
        """Refuse a file that does not say where it lies, or says that it lies elsewhere.

        Raises
        ------
        BrainseekError
            The file is no NIfTI volume, or its centre lies outside the plates of the atlas.
        """
        axis = source.planes.axis
        if axis is None:
            raise BrainseekError(
                f"{source.path.name} does not say where it lies in space, only NIfTI volumes do; "
                "embed it without --atlas."
            )
        ends = [slice_plane(source.path, index, axis) for index in (0, source.planes.count - 1)]
        points = self.to_atlas(np.array([plane.point(0.5, 0.5) for plane in ends]))
        low, high = self._lookup.box_um
        centre = points.mean(0)
        if (centre < low).any() or (centre > high).any():
            where = ", ".join(
                f"{name} {value / 1000:.1f} mm"
                for name, value in zip(self.atlas.space_axes, centre, strict=True)
            )
            raise BrainseekError(
                f"the centre of {source.path.name} ({where}) lies outside the atlas "
                f"{self.atlas.name}; correct the affine of the volume or leave --atlas out."
            )

    def to_atlas(self, ras_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn world points (n, 3) in RAS µm into the atlas' ``space_axes``."""
        if self.atlas.space_axes == _MNI:
            return ras_um
        right, anterior, superior = ras_um.T
        return np.stack([-anterior, -superior, right], axis=1)

    def places(self, plane: Plane, fractions: NDArray[np.float64]) -> list[Place]:
        """Return the places of points of a slice.

        Parameters
        ----------
        plane : Plane
            The slice in RAS µm, from `brainseek.catalog.sections.readers.nifti.slice_plane`.
        fractions : ndarray, (n, 2)
            Fractions of the width and of the height of the slice, 0 to 1.
        """
        o, u, v = (np.array(vector) for vector in (plane.o, plane.u, plane.v))
        points = self.to_atlas(o + fractions[:, :1] * u + fractions[:, 1:] * v)
        structures = self._lookup.at(points)
        order = (1, 2, 0) if self.atlas.space_axes == _MNI else (0, 1, 2)
        return [
            Place.of(point[list(order)], found)
            for point, found in zip(points, structures, strict=True)
        ]
