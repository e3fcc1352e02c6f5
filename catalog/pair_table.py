"""A user's own pairs of sections: a CSV file that names two images and the map between them."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from catalog.errors import BrainseekError
from catalog.pair_transforms import (
    AffinePixels,
    GridPixels,
    PixelTransform,
    grid_of,
    plane_map,
    points_of,
)
from catalog.pairs import PairedImage, SectionPair
from catalog.prepare.anchoring import COMPONENTS, FRONT_VOXEL, VOXEL_UM
from catalog.section import Section, check_pixel_size, read_section
from catalog.volume import Plane

GrayAndMask = Callable[[Section], tuple[NDArray[np.uint8], NDArray[np.bool_]]]
"""From a section to gray with a dark background and its tissue, both (rows, columns)."""

COLUMNS = (
    "first",
    "second",
    "first_modality",
    "second_modality",
    "first_pixel_um",
    "second_pixel_um",
    "transform",
)
TOP_VOXEL = 320
"""Superior end of the QuickNII volume: micrometres from the top are (320 - z) 25."""
ATLAS = "mouse-ccf"

Row = dict[str, str]


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
        Makes gray and tissue mask of a section, e.g. `embedder.paired_gray.paired_gray`.
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
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            header, lines = list(reader.fieldnames or []), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BrainseekError(
            f"the table of pairs {path} can't be read ({error}); give a CSV file in UTF-8."
        ) from error
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise BrainseekError(
            f"{path.name} lacks the columns {', '.join(missing)}; its first line must name "
            f"{', '.join(COLUMNS)}."
        )
    if not lines:
        raise BrainseekError(f"{path.name} lists no pair; give it one line per pair.")
    pairs = []
    for number, line in enumerate(tqdm(lines, desc="reading pairs", disable=None), start=2):
        row = {key: (line.get(key) or "").strip() for key in header}
        pairs.append(_Line(row, path, number).pair(look, finest_um))
    return pairs


class _Line:
    """One line of the table; knows how to name itself when something is wrong."""

    def __init__(self, row: Row, path: Path, number: int) -> None:
        self.row, self.folder, self.number = row, path.parent, number
        self.where = f"line {number} of {path.name}"

    def pair(self, look: GrayAndMask, finest_um: float) -> SectionPair:
        self._check_paired()
        first, full_first = self._image("first", look, finest_um)
        second, full_second = self._image("second", look, finest_um)
        transform = self._transform()
        if (full_first, full_second) != (first.image.shape, second.image.shape):
            transform = _shrunk(transform, first, full_first, second, full_second)
        plane = self._plane()
        return SectionPair(
            name=f"{Path(self.row['first']).stem} - {Path(self.row['second']).stem}",
            group=self._group(),
            first=first,
            second=second,
            transform=transform,
            atlas=ATLAS if plane else None,
            to_atlas=plane_map(plane, first.image.shape) if plane else None,
        )

    def _check_paired(self) -> None:
        for side in ("first", "second"):
            name = self.row[side]
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
            if not self.row[f"{side}_modality"]:
                raise BrainseekError(f"{self.where} has no {side}_modality; name it, e.g. nissl.")

    def _image(
        self, side: str, look: GrayAndMask, finest_um: float
    ) -> tuple[PairedImage, tuple[int, int]]:
        """Read an image; also return its shape in the file."""
        modality, pixel_um = self.row[f"{side}_modality"], self._number(f"{side}_pixel_um")
        if pixel_um <= 0:
            raise BrainseekError(
                f"{self.where} has the {side}_pixel_um {pixel_um}; give a positive number of µm."
            )
        section = read_section(
            self.folder / self.row[side], max_side=None, pixel_size_um=pixel_um, stain=modality
        )
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

    def _number(self, column: str) -> float:
        try:
            value = float(self.row[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise BrainseekError(
                f"{self.where} has the {column} {self.row[column]!r}, which is no finite number; "
                "correct it."
            )
        return value

    def _transform(self) -> PixelTransform:
        text = self.row["transform"]
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
        except (OSError, ValueError, KeyError) as error:
            raise BrainseekError(
                f"{self.where} has the transform {text!r}, which can't be read ({error}); give 6 "
                "numbers, a 3 x 3 .npy file, or an .npz file with grid and step_px."
            ) from error

    def _group(self) -> int:
        text = self.row.get("group", "")
        if not text:
            return self.number - 2
        try:
            return int(text)
        except ValueError as error:
            raise BrainseekError(
                f"{self.where} has the group {text!r}; give a whole number."
            ) from error

    def _plane(self) -> Plane | None:
        given = [name for name in COMPONENTS if self.row.get(name)]
        if not given:
            return None
        if len(given) < len(COMPONENTS):
            missing = [name for name in COMPONENTS if name not in given]
            raise BrainseekError(
                f"{self.where} has an anchoring without {', '.join(missing)}; give all nine "
                "numbers or none."
            )
        (ox, oy, oz), u, v = np.array([self._number(name) for name in COMPONENTS]).reshape(3, 3)
        corner = (FRONT_VOXEL - oy, TOP_VOXEL - oz, ox)
        return Plane(*(_um(x) for x in (corner, (-u[1], -u[2], u[0]), (-v[1], -v[2], v[0]))))


def _um(voxels: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = (float(value) * VOXEL_UM for value in voxels)
    return x, y, z


def _shrunk(
    transform: PixelTransform,
    first: PairedImage,
    full_first: tuple[int, int],
    second: PairedImage,
    full_second: tuple[int, int],
) -> PixelTransform:
    """Return the transform between the shrunken images; edges of pixels stay where they are."""
    enlarge = np.array(full_first) / first.image.shape
    shrink = np.array(second.image.shape) / full_second
    if isinstance(transform, AffinePixels):
        into, out = np.eye(3), np.eye(3)
        into[[0, 1], [0, 1]], into[:2, 2] = enlarge, 0.5 * enlarge - 0.5
        out[[0, 1], [0, 1]], out[:2, 2] = shrink, 0.5 * shrink - 0.5
        return AffinePixels(out @ transform.matrix @ into)
    return grid_of(
        lambda at: (transform((points_of(at) + 0.5) * enlarge - 0.5) + 0.5) * shrink - 0.5,
        first.image.shape,
        max(1.0, transform.step_px / float(enlarge.max())),
    )
