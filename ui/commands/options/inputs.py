"""From what was typed on the command line to a list of image files."""

from collections.abc import Iterable
from pathlib import Path

from brainseek.catalog.sections.image_files import image_files


def expand(arguments: Iterable[str]) -> list[Path]:
    """Return the files that were named; a folder stands for the images directly inside it.

    Raises
    ------
    BrainseekError
        As `brainseek.catalog.sections.image_files.image_files`.
    """
    return image_files(arguments, recursive=False)
