"""From paths, folders and patterns to image files."""

import glob
from collections.abc import Iterable
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.registry import READERS

IMAGE_SUFFIXES = tuple(suffix for reader in READERS for suffix in reader.suffixes)
"""What counts as an image inside a folder; a file that is named itself is always tried."""


def image_files(paths: Iterable[Path | str], *, recursive: bool) -> list[Path]:
    """Return the files behind paths, folders and patterns, in the order given, each once.

    A folder stands for the images inside it (hidden ones are left out), a pattern (``*``, ``?``,
    ``[``, ``**``) for the files it matches; both are sorted by name. A file that is named itself
    is kept even if it is missing: reading it will say so.

    Parameters
    ----------
    paths : iterable of path
    recursive : bool
        A folder stands for the images in its subfolders too.

    Returns
    -------
    list of Path
        As they were given, relative ones too; ``~`` is replaced.

    Raises
    ------
    BrainseekError
        A folder holds no image, or a pattern matches nothing.
    """
    files: dict[Path, None] = {}
    for given in paths:
        path = Path(given).expanduser()
        if path.is_dir():
            inside = sorted(path.rglob("*") if recursive else path.iterdir())
            found = [p for p in inside if _is_image(p.relative_to(path)) and p.is_file()]
            if not found:
                where = "and its subfolders hold" if recursive else "holds"
                raise BrainseekError(
                    f"the folder {given} {where} no image; brainseek reads "
                    f"{', '.join(IMAGE_SUFFIXES)}."
                )
        elif not path.exists() and glob.has_magic(str(given)):
            found = [Path(p) for p in sorted(glob.glob(str(path), recursive=True))]
            found = [p for p in found if p.is_file()]
            if not found:
                raise BrainseekError(f"no file matches {given}; check the pattern.")
        else:
            found = [path]
        files.update(dict.fromkeys(found))
    return list(files)


def _is_image(path: Path) -> bool:
    """Tell by its path inside a folder whether a file is an image and not hidden."""
    visible = not any(part.startswith(".") for part in path.parts)
    return visible and path.name.lower().endswith(IMAGE_SUFFIXES)
