"""An image file that is embedded."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.reader import Planes
from brainseek.catalog.sections.readers.registry import planes_of


@dataclass(frozen=True)
class Source:
    """A file that can be embedded.

    Attributes
    ----------
    path : Path
        Absolute, so that rows lead back to it from any working directory.
    planes : Planes
        Its kind, its number of planes and the axis that they are perpendicular to.
    """

    path: Path
    planes: Planes

    @property
    def uri(self) -> str:
        """What rows write as ``source_uri``."""
        return str(self.path)

    @classmethod
    def of(cls, path: Path, axis: int | None = None) -> "Source":
        """Look at the beginning of a file.

        Parameters
        ----------
        path : Path
            TIFF, PNG, JPEG or NIfTI.
        axis : {0, 1, 2}, optional
            How a NIfTI volume is cut; other files have no axis.

        Raises
        ------
        BrainseekError
            The file is missing, damaged or of another kind.
        """
        return cls(path, planes_of(path, axis))

    def sha256(self) -> str:
        """Return the digest of the file's bytes, 64 hexadecimal digits; it is read once."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BrainseekError(
                f"{self.path} can't be read ({error.strerror}); check the disk and its permissions."
            ) from error
