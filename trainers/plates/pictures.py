"""Training pictures with their places: plates, labelled sections and oblique cuts of a volume."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.sections.section import read_section
from brainseek.embedder.preprocessing.section_gray import Preprocessing


def base_side(size: int) -> int:
    """Side of the pictures that augmentation starts from, for networks that see ``size`` pixels.

    Large enough that a window of about a third of the tissue still fills the network's input.
    """
    return round(size * 8 / 3)


@dataclass(frozen=True)
class Pictures:
    """Base pictures, all of one side, with the plate and the place of each.

    Attributes
    ----------
    images : ndarray, (n, side, side), uint8
    plates : ndarray, (n,), int
    positions_um : ndarray, (n,), float
        Place along the series of plates, µm (see :func:`series_places`).
    """

    images: NDArray[np.uint8]
    plates: NDArray[np.int64]
    positions_um: NDArray[np.float64]


def series_places(atlas: Atlas) -> NDArray[np.float64]:
    """Place of every plate along the series in µm: its index times the median spacing.

    Plate distance is what the loss needs; single positions may be wrong by more than the spacing
    (badly anchored plates), the order of the plates is not.
    """
    spacing = float(np.median(np.abs(np.diff(np.asarray(atlas.positions_um)))))
    return np.arange(len(atlas.plates), dtype=np.float64) * spacing


def plate_pictures(atlas: Atlas, preprocessing: Preprocessing, side: int) -> Pictures:
    """All plates of an atlas as base pictures."""
    numbers = [plate.number for plate in atlas.plates]
    images = [preprocessing.square(atlas.plate_image(number), side) for number in numbers]
    return Pictures(np.stack(images), np.array(numbers), series_places(atlas))


def section_pictures(
    data_set: str, split: str, atlas: Atlas, preprocessing: Preprocessing, side: int
) -> Pictures:
    """Labelled sections of one split (``sections.csv`` with file, split, plate)."""
    folder = dataset_path(data_set)
    rows = [row for row in section_rows(folder) if row["split"] == split]
    if not rows:
        known = sorted({row["split"] for row in section_rows(folder)})
        raise BrainseekError(f"'{data_set}' has no split '{split}': choose from {known}.")
    place = dict(zip((plate.number for plate in atlas.plates), series_places(atlas), strict=True))
    numbers = [int(row["plate"]) for row in rows]
    images = [preprocessing.square(read_section(folder / row["file"]).image, side) for row in rows]
    places = np.array([place[number] for number in numbers])
    return Pictures(np.stack(images), np.array(numbers), places)


def section_rows(folder: Path) -> list[dict[str, str]]:
    """Rows of ``sections.csv``."""
    with open(folder / "sections.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class CutSource:
    """Oblique cuts of an atlas' volume at random places between its first and last plate."""

    atlas: Atlas
    preprocessing: Preprocessing
    tilt_deg: float
    side: int

    def __call__(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], float]:
        """One random cut as a base picture, and its place along the series in µm."""
        volume = self.atlas.volume
        if volume is None:
            raise BrainseekError(f"The atlas '{self.atlas.name}' has no volume to cut.")
        places = np.asarray(self.atlas.positions_um)
        place = float(rng.uniform(places.min(), places.max()))
        tilt = np.clip(rng.normal(0, self.tilt_deg / 2, 2), -self.tilt_deg, self.tilt_deg)
        cut = volume.cut(place, (float(tilt[0]), float(tilt[1])))
        order = np.argsort(places)
        series = float(np.interp(place, places[order], series_places(self.atlas)[order]))
        return self.preprocessing.square(cut, self.side), series
