"""How many planes a file holds, without reading a pixel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.sections.readers import nifti
from brainseek.catalog.sections.readers.opening import decoding, kind_of
from brainseek.catalog.sections.readers.raw import ReadRequest
from brainseek.catalog.sections.readers.tiff import whole as tiff


@dataclass(frozen=True)
class Planes:
    """The planes of a file.

    Attributes
    ----------
    kind : str
        "TIFF", "PNG", "JPEG" or "NIfTI".
    count : int
        Number of planes, at least 1.
    axis : int or None
        For NIfTI volumes: the axis (RAS+) that the planes are perpendicular to.
    """

    kind: str
    count: int
    axis: int | None

    @property
    def stacked(self) -> bool:
        """Whether a plane has to be chosen: a volume, or a stack of several planes."""
        return self.count > 1 or self.axis is not None


def planes_of(path: Path | str, axis: int | None = None) -> Planes:
    """Count the planes of an image file.

    Parameters
    ----------
    path : path
        TIFF, PNG, JPEG or NIfTI.
    axis : {0, 1, 2}, optional
        The axis along which a NIfTI volume is cut, as in `catalog.read_section`; other files
        have none, and it is left aside.

    Raises
    ------
    BrainseekError
        When the file is missing, empty, damaged, of another kind or has too many dimensions.
    """
    path = Path(path).expanduser()
    kind = kind_of(path)
    with decoding(path, kind):
        if kind == "NIfTI":
            shape = ras_shape(path)
            chosen = nifti.cut_axis(ReadRequest(None, None, axis), shape, path.name)
            return Planes(kind, shape[chosen], chosen)
        if kind == "TIFF":
            return Planes(kind, _tiff_planes(path), None)
    return Planes(kind, 1, None)


def ras_shape(path: Path) -> list[int]:
    """Return the size of a NIfTI volume along right, anterior and superior, in voxels.

    Axes that the file does not have count as 1; more than three are left to the reader to
    refuse.
    """
    import nibabel

    image: Any = nibabel.load(path)
    shape = [*image.shape, 1, 1, 1][:3]
    stored = np.asarray(nibabel.io_orientation(image.affine))  # type: ignore[no-untyped-call]
    found = [1, 1, 1]
    for stored_axis, ras_axis in enumerate(stored[:, 0]):
        if np.isfinite(ras_axis):
            found[int(ras_axis)] = shape[stored_axis]
    return found


def _tiff_planes(path: Path) -> int:
    import tifffile

    with tifffile.TiffFile(path) as tif:
        if not tif.series:
            return 1  # the reader says what is wrong with it
        request = ReadRequest(None, 0, None)
        return tiff.find_picture(tif.series[0].levels[0], request, path.name).n_planes
