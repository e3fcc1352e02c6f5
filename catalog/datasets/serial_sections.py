"""The serial Nissl sections of one mouse brain, the data set ``mouse-serial-nissl``."""

from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.user_table import read_rows
from brainseek.catalog.datasets.store import dataset_path


@dataclass(frozen=True)
class SerialSection:
    """One section of the series.

    Attributes
    ----------
    number : int
        Of the section within the brain; consecutive numbers lie 20 µm apart.
    rank : int
        Place in the full series, from anterior to posterior.
    path : Path
        Its image.
    pixel_um : float
        Side of a pixel.
    """

    number: int
    rank: int
    path: Path
    pixel_um: float


def serial_sections() -> list[SerialSection]:
    """List the sections from anterior to posterior.

    Raises
    ------
    BrainseekError
        If the data set is not here or damaged.
    """
    folder = dataset_path("mouse-serial-nissl")
    try:
        return [
            SerialSection(
                int(row["section_number"]),
                int(row["rank_in_full_series"]),
                folder / row["file"],
                float(row["pixel_x_um"]),
            )
            for row in read_rows(folder / "sections.csv")
        ]
    except (OSError, KeyError, ValueError) as error:
        raise BrainseekError(
            f"the sections of mouse-serial-nissl can't be read ({error}); get the data set again."
        ) from error
