"""Sections that someone has registered: a table of coordinates beside the image files.

The table is a CSV file with the columns ``file, row, column, x_um, y_um, z_um``. Each line is one
place: a pixel of an image (0-based, row 0 is the top) and where it lies in the reference space.
This reads the 1-µm sections of BigBrain as well as a user's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.user_table import read_user_table
from brainseek.catalog.sections.readers.reader import Window
from brainseek.catalog.sections.section import Section, check_pixel_size
from brainseek.catalog.sections.window import read_window

COLUMNS = ("file", "row", "column", "x_um", "y_um", "z_um")


@dataclass(frozen=True, eq=False)
class RegisteredSections:
    """Places on registered sections. Make one with `read_registered_sections`.

    Attributes
    ----------
    files : tuple of Path, (n,)
        Image of every place.
    pixels : ndarray, (n, 2), float64
        Its row and column in pixels of the file.
    points_um : ndarray, (n, 3), float64
        Its x, y and z in the reference space, µm.
    pixel_size_um : float
        Side of a pixel of the files in µm.
    """

    files: tuple[Path, ...]
    pixels: NDArray[np.float64]
    points_um: NDArray[np.float64]
    pixel_size_um: float

    def __len__(self) -> int:
        return len(self.files)

    def patch(self, index: int, size: int, pixel_um: float) -> Section:
        """Read the patch around one place; only its part of the file is read where possible.

        Parameters
        ----------
        index : int
            Which place.
        size : int
            Side of the patch in pixels.
        pixel_um : float
            Side of its pixels in µm, at least that of the file.

        Returns
        -------
        Section
            (size, size) or (size, size, 3), area-averaged, with the place in the middle.

        Raises
        ------
        BrainseekError
            If the file can't be read, the patch leaves the image or is blank, or it would have
            finer pixels than the file.
        """
        check_pixel_size(pixel_um)
        side = round(size * pixel_um / self.pixel_size_um)
        if side < size:
            raise BrainseekError(
                f"pixels of {pixel_um} µm are finer than the {self.pixel_size_um} µm of "
                f"{self.files[index].name}; ask for {self.pixel_size_um} µm or more."
            )
        row, column = (math.floor(x - (side - 1) / 2 + 0.5) for x in self.pixels[index])
        window = Window(row, column, side, side)
        return read_window(
            self.files[index], window, max_side=size, pixel_size_um=self.pixel_size_um
        )


def read_registered_sections(path: Path | str, pixel_size_um: float) -> RegisteredSections:
    """Read a table of coordinates.

    Parameters
    ----------
    path : path
        CSV file, UTF-8, with the columns file, row, column, x_um, y_um and z_um (others are left
        alone); files are named relative to its folder.
    pixel_size_um : float
        Side of a pixel of the image files in µm.

    Raises
    ------
    BrainseekError
        If the table or an image is missing, a column is missing, the table is empty, or a value
        is no finite number.
    """
    check_pixel_size(pixel_size_um)
    path = Path(path).expanduser()
    lines = read_user_table(path, COLUMNS, "names no place; give it one line per place")
    numbers = np.array([[line.finite(name) for name in COLUMNS[1:]] for line in lines])
    for line in lines:
        if not line.text("file"):
            raise BrainseekError(f"{line.where} names no file; correct or remove the line.")
    files = tuple(path.parent / line.text("file") for line in lines)
    for image in dict.fromkeys(files):
        if not image.is_file():
            raise BrainseekError(
                f"{path.name} names the image {image.name}, which is not in {image.parent}; "
                "put it there or correct the name."
            )
    return RegisteredSections(files, numbers[:, :2], numbers[:, 2:], pixel_size_um)
