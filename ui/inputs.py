"""From what was typed on the command line to a list of image files."""

import glob
from collections.abc import Iterable
from pathlib import Path

from catalog.errors import BrainseekError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".nii", ".nii.gz")
"""What counts as an image inside a folder; a file that is named itself is always tried."""


def expand(arguments: Iterable[str]) -> list[Path]:
    """Return the files behind paths, folders and patterns, in the order given.

    A folder stands for the images directly inside it, a pattern (``*``, ``?``, ``[``) for the
    files it matches; both are sorted by name. A file that appears twice is kept once. A single
    file is kept even if it is missing: reading it will say so.

    Raises
    ------
    BrainseekError
        A folder holds no image, or a pattern matches nothing.
    """
    files: dict[Path, None] = {}
    for argument in arguments:
        path = Path(argument).expanduser()
        if path.is_dir():
            found = [p for p in sorted(path.iterdir()) if is_image_name(p) and p.is_file()]
            if not found:
                raise BrainseekError(
                    f"the folder {argument} holds no image; brainseek reads "
                    f"{', '.join(IMAGE_SUFFIXES)}."
                )
        elif not path.exists() and glob.has_magic(argument):
            found = [Path(p) for p in sorted(glob.glob(str(path), recursive=True))]
            found = [p for p in found if p.is_file()]
            if not found:
                raise BrainseekError(f"no file matches {argument}; check the pattern.")
        else:
            found = [path]
        files.update(dict.fromkeys(found))
    return list(files)


def is_image_name(path: Path) -> bool:
    """Tell by its name whether a file could be an image; hidden files are none."""
    return path.name.lower().endswith(IMAGE_SUFFIXES) and not path.name.startswith(".")
