"""A user's own pairs of sections: a CSV file that names two images and the map between them."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.user_table import TableLine, read_user_table
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import (
    AffinePixels,
    GridPixels,
    PixelTransform,
    grid_of,
    plane_map,
    resized,
)
from brainseek.catalog.sections.section import Section, check_pixel_size, read_section
from brainseek.catalog.volumes.quicknii import COMPONENTS, plane_of
from brainseek.catalog.volumes.volume import Plane

GrayAndMask = Callable[[Section], tuple[NDArray[np.uint8], NDArray[np.bool_]]]
"""From a section to gray with a dark background and its tissue, both (rows, columns)."""

COLUMNS = (
    "first", "second", "first_modality", "second_modality", "first_pixel_um", "second_pixel_um",
    "transform",
)  # fmt: skip
ATLAS = "mouse-ccf"


def read_pairs(path: Path | str, look: GrayAndMask, finest_um: float = 5.0) -> list[SectionPair]:
    """Read pairs of sections that a CSV file lists, one a line.

    Parameters
    ----------
    path : path
        UTF-8, with the columns ``first, second`` (image files, relative to the CSV),
        ``first_modality, second_modality``, ``first_pixel_um, second_pixel_um`` (of the files) and
        ``transform``: from (row, column) of the first file's pixels to those of the second one,
        as 6 numbers a b c d e f (row' = a row + b column + c, column' = d row + e column + f), a
        3 x 3 ``.npy`` file, or an ``.npz`` file with ``grid`` (r, c, 2) and ``step_px``. Optional:
        ``group`` (whole number, order along the brain; else the line's place) and ``ox`` to ``vz``
        (QuickNII's anchoring of the first image in voxels of 25 µm).
    look : callable
        Makes gray and tissue mask of a section, e.g.
        `embedder.preprocessing.section_gray.paired_gray`.
    finest_um : float
        Images with finer pixels are shrunk to this one by area averaging, with their transforms.

    Returns
    -------
    list of SectionPair
        In the order of the lines.

    Raises
    ------
    BrainseekError
        If the table can't be read or is empty; a column, an image or a transform is missing; a
        number is wrong; a transform is singular; or as `SectionPair` says.
    """
    check_pixel_size(finest_um)
    path = Path(path).expanduser()
    lines = read_user_table(path, COLUMNS, "lists no pair; give it one line per pair")
    return [
        _Line(line, path.parent).pair(look, finest_um)
        for line in tqdm(lines, desc="reading pairs", disable=None)
    ]


class _Line:
    """What one line of the table says, and the folder that its files are named from."""

    def __init__(self, line: TableLine, folder: Path) -> None:
        self.line, self.folder, self.where = line, folder, line.where

    def pair(self, look: GrayAndMask, finest_um: float) -> SectionPair:
        self._check_paired()
        first, full_first = self._image("first", look, finest_um)
        second, full_second = self._image("second", look, finest_um)
        transform = self._transform()
        if (full_first, full_second) != (first.image.shape, second.image.shape):
            transform = _shrunk(transform, first, full_first, second, full_second)
        plane = self._plane()
        stems = (Path(self.line.text(side)).stem for side in ("first", "second"))
        return SectionPair(
            name=" - ".join(stems),
            group=self._group(),
            first=first,
            second=second,
            transform=transform,
            atlas=ATLAS if plane else None,
            to_atlas=plane_map(plane, first.image.shape) if plane else None,
        )

    def _check_paired(self) -> None:
        for side in ("first", "second"):
            name = self.line.text(side)
            if not name:
                raise BrainseekError(
                    f"{self.where} names no {side} image, so its other image is unpaired; name "
                    "both or remove the line."
                )
            if not (self.folder / name).is_file():
                raise BrainseekError(
                    f"{self.where} names the {side} image {name}, which is not in {self.folder}; "
                    "put it there or correct the name."
                )
            if not self.line.text(f"{side}_modality"):
                raise BrainseekError(f"{self.where} has no {side}_modality; name it, e.g. nissl.")

    def _image(
        self, side: str, look: GrayAndMask, finest_um: float
    ) -> tuple[PairedImage, tuple[int, int]]:
        """Read an image; also return its shape in the file."""
        file = self.folder / self.line.text(side)
        modality = self.line.text(f"{side}_modality")
        pixel_um = self.line.finite(f"{side}_pixel_um")
        if pixel_um <= 0:
            raise BrainseekError(
                f"{self.where} has the {side}_pixel_um {pixel_um}; give a positive number of µm."
            )
        section = read_section(file, max_side=None, pixel_size_um=pixel_um, stain=modality)
        gray, mask = look(section)
        full = (gray.shape[0], gray.shape[1])
        if pixel_um < finest_um:
            rows, columns = (max(1, round(n * pixel_um / finest_um)) for n in full)
            gray = np.asarray(cv2.resize(gray, (columns, rows), interpolation=cv2.INTER_AREA))
            share = cv2.resize(
                mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
            )
            mask = np.asarray(share >= 0.5)
            pixel_um = finest_um
        return PairedImage(gray, pixel_um, modality, mask), full

    def _transform(self) -> PixelTransform:
        text = self.line.text("transform")
        if not text:
            raise BrainseekError(
                f"{self.where} has no transform; give 6 numbers, or a .npy or .npz file."
            )
        try:
            if text.endswith(".npz"):
                with np.load(self.folder / text) as stored:
                    return GridPixels(stored["grid"], float(stored["step_px"]))
            if text.endswith(".npy"):
                return AffinePixels(np.load(self.folder / text))
            numbers = [float(word) for word in text.replace(",", " ").replace(";", " ").split()]
            if len(numbers) != 6:
                raise ValueError(f"{len(numbers)} numbers instead of 6")
            return AffinePixels(np.array([numbers[:3], numbers[3:], [0, 0, 1]]))
        except BrainseekError as error:
            raise BrainseekError(f"{self.where}: {error}") from error
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise BrainseekError(
                f"{self.where} has the transform {text!r}, which can't be read ({error}); give 6 "
                "numbers, a 3 x 3 .npy file, or an .npz file with grid and step_px."
            ) from error

    def _group(self) -> int:
        text = self.line.text("group")
        if not text:
            return self.line.number - 2
        try:
            return int(text)
        except ValueError as error:
            raise BrainseekError(
                f"{self.where} has the group {text!r}; give a whole number."
            ) from error

    def _plane(self) -> Plane | None:
        given = [name for name in COMPONENTS if self.line.text(name)]
        if not given:
            return None
        if len(given) < len(COMPONENTS):
            missing = [name for name in COMPONENTS if name not in given]
            raise BrainseekError(
                f"{self.where} has an anchoring without {', '.join(missing)}; give all nine "
                "numbers or none."
            )
        return plane_of([self.line.finite(name) for name in COMPONENTS])


def _shrunk(
    transform: PixelTransform,
    first: PairedImage,
    full_first: tuple[int, int],
    second: PairedImage,
    full_second: tuple[int, int],
) -> PixelTransform:
    """Return the transform between the shrunken images."""
    into = resized(first.image.shape, full_first)
    out = resized(full_second, second.image.shape)
    if isinstance(transform, AffinePixels):
        return AffinePixels(out.matrix @ transform.matrix @ into.matrix)
    step_px = max(1.0, transform.step_px / float(np.diag(into.matrix).max()))
    return grid_of(lambda at: out(transform(into(at))), first.image.shape, step_px)
