"""How many planes a file holds, without reading a pixel."""

from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.sections.readers.opening import decoding
from brainseek.catalog.sections.readers.reader import PlaneCount, ReadRequest
from brainseek.catalog.sections.readers.registry import reader_of


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
        The axis along which a NIfTI volume is cut, as in `brainseek.read_section`; other files
        have none, and it is left aside.

    Raises
    ------
    BrainseekError
        When the file is missing, empty, damaged, of another kind or has too many dimensions.
    """
    path = Path(path).expanduser()
    reader = reader_of(path)
    with decoding(path, reader.kind):
        found = reader.planes(path, ReadRequest(axis=axis)) if reader.planes else PlaneCount(1)
    return Planes(reader.kind, *found)
