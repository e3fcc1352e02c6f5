"""Mouse sections that no training saw, with what is known about their place."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.serial_sections import serial_sections
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.sections.section import Section, read_section, section_from_array

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
    with open(folder / "sections.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::every]
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
    from brainseek.catalog.atlases.registry import load_atlas

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
