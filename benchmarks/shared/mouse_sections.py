"""Mouse sections: those that experts labelled, and those that no training saw."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.user_table import read_rows
from brainseek.catalog.datasets.serial_sections import serial_sections
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.sections.section import Section, read_section, section_from_array

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
    rows = [row for row in read_rows(folder / "sections.csv") if row["split"] in SPLITS]
    paths = [folder / row["file"] for row in rows]
    return Labelled(
        [read_section(path) for path in paths],
        np.array([int(row["plate"]) for row in rows], np.int64),
        np.array([row["split"] for row in rows]),
        paths,
    )


FIRST_CUT_UM, LAST_CUT_UM = 1_500.0, 12_000.0


@dataclass(frozen=True)
class Placed:
    """Sections with their place.

    Attributes
    ----------
    sections : list of Section
    place : ndarray, (m,), float64
        Position in µm, or rank in a series.
    """

    sections: list[Section]
    place: NDArray[np.float64]


def serial_nissl(every: int) -> Placed:
    """Sections of one brain, with their rank in the series from anterior to posterior.

    Raises
    ------
    BrainseekError
        If the data set ``mouse-serial-nissl`` is not here, or ``every`` is below 1.
    """
    if every < 1:
        raise BrainseekError(f"Every {every}th section can't be taken: give 1 or more.")
    listed = serial_sections()[::every]
    return Placed(
        [read_section(one.path) for one in listed], np.array([float(one.rank) for one in listed])
    )


def calb1_ish(every: int = 1) -> Placed:
    """Read every Nth image of Calb1 expression, with the AP position of DeepSlice (pseudo-truth).

    Raises
    ------
    BrainseekError
        If the data set ``mouse-ish-calb1`` is not here.
    """
    folder = dataset_path("mouse-ish-calb1")
    rows = read_rows(folder / "sections.csv")[::every]
    return Placed(
        [read_section(folder / row["file"]) for row in rows],
        np.array([float(row["ap_um_from_front"]) for row in rows]),
    )


def ccf_cuts(n: int, tilt_deg: float) -> Placed:
    """Cuts of the CCFv3 template at evenly spaced AP positions, 1.5 to 12 mm from the front.

    Parameters
    ----------
    n : int
        How many.
    tilt_deg : float
        Both tilt angles are drawn between −``tilt_deg`` and +``tilt_deg``, seeded.

    Raises
    ------
    BrainseekError
        If the data set ``mouse-ccf`` is not here.
    """
    volume = load_atlas("mouse-nissl").volume
    assert volume is not None
    rng = np.random.default_rng(0)
    places = np.linspace(FIRST_CUT_UM, LAST_CUT_UM, n)
    sections = []
    for place in places:
        pitch, yaw = (float(angle) for angle in rng.uniform(-tilt_deg, tilt_deg, 2))
        cut = volume.cut(float(place), (pitch, yaw), pixel_size_um=25.0)
        sections.append(section_from_array(cut, pixel_size_um=25.0))
    return Placed(sections, places)
