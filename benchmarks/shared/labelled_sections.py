"""The labelled validation sections: mouse-confocal-sections, val_1 and val_2."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.sections.section import Section, read_section

DATA_SET = "mouse-confocal-sections"
ATLAS = "mouse-nissl"
SPLITS = ("val_1", "val_2")
SELECTED_ON = (
    "val_1 and val_2 were used to choose settings (recipes, early stopping of the published "
    "recipe, smoothing and temperature of the scores); there is no untouched test split."
)


@dataclass(frozen=True)
class Labelled:
    """Sections with the plates that an expert assigned to them.

    Attributes
    ----------
    sections : list of Section
        8-bit gray, longest side 1024 pixels.
    plates : ndarray, (m,), int64
        True plate numbers.
    splits : ndarray, (m,), str
    paths : list of Path
    """

    sections: list[Section]
    plates: NDArray[np.int64]
    splits: NDArray[np.str_]
    paths: list[Path]


def validation_sections() -> Labelled:
    """The 12 sections of val_1 and the 9 of val_2.

    Raises
    ------
    BrainseekError
        If the data set is not on this machine.
    """
    folder = dataset_path(DATA_SET)
    with open(folder / "sections.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] in SPLITS]
    paths = [folder / row["file"] for row in rows]
    return Labelled(
        [read_section(path) for path in paths],
        np.array([int(row["plate"]) for row in rows], np.int64),
        np.array([row["split"] for row in rows]),
        paths,
    )
