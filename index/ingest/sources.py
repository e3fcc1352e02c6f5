"""From paths, folders and patterns to the image files that are embedded."""

import glob
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import BrainseekError
from catalog.readers.planes import Planes, planes_of

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".nii", ".nii.gz")
"""What counts as an image inside a folder; a file that is named itself is always tried."""


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


def find_files(paths: Iterable[Path | str]) -> list[Path]:
    """Return the files behind paths, folders and patterns, absolute, each once.

    A folder stands for all images inside it and its subfolders (hidden ones are left out), a
    pattern (``*``, ``?``, ``[``, ``**``) for the files it matches; both in the order of their
    names. A file that is named itself is kept even if it is missing: reading it will say so.

    Raises
    ------
    BrainseekError
        A folder holds no image, or a pattern matches nothing.
    """
    files: dict[Path, None] = {}
    for given in paths:
        path = Path(given).expanduser()
        if path.is_dir():
            found = [p for p in sorted(path.rglob("*")) if _is_image(p.relative_to(path))]
            found = [p for p in found if p.is_file()]
            if not found:
                raise BrainseekError(
                    f"the folder {given} and its subfolders hold no image; brainseek reads "
                    f"{', '.join(IMAGE_SUFFIXES)}."
                )
        elif not path.exists() and glob.has_magic(str(given)):
            found = [Path(p) for p in sorted(glob.glob(str(path), recursive=True))]
            found = [p for p in found if p.is_file()]
            if not found:
                raise BrainseekError(f"no file matches {given}; check the pattern.")
        else:
            found = [path]
        files.update(dict.fromkeys(p.absolute() for p in found))
    return list(files)


def _is_image(path: Path) -> bool:
    """Tell by its name whether a file inside a folder is an image and not hidden."""
    visible = not any(part.startswith(".") for part in path.parts)
    return visible and path.name.lower().endswith(IMAGE_SUFFIXES)
