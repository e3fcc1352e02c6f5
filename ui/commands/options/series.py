"""The options of commands that place sections of one brain together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from brainseek.catalog.core.errors import BrainseekError
from brainseek.ui.commands.options.settings import Decorator, with_settings
from brainseek.ui.commands.options.shared import MICROMETRES


@dataclass(frozen=True)
class SeriesSettings:
    """What is known of a series of sections.

    Attributes
    ----------
    together : bool
        The files are sections of one brain.
    locks : tuple of str
        Plates that are known, as typed: ``FILE=PLATE``.
    order : {"name", "unknown"} or None
        Whether the order of the files means something.
    spacing_um : float or None
        Distance from section to section.
    tilt : bool
        Whether the two angles of the cut are to be found.

    Raises
    ------
    BrainseekError
        Something is said about a series and there is none.
    """

    together: bool
    locks: tuple[str, ...]
    order: str | None
    spacing_um: float | None
    tilt: bool

    def __post_init__(self) -> None:
        """Refuse what belongs to a series where there is none."""
        said = {
            "--lock": bool(self.locks), "--order": self.order is not None,
            "--spacing": self.spacing_um is not None, "--tilt": self.tilt,
        }  # fmt: skip
        for name, given in said.items():
            if given and not self.together:
                raise BrainseekError(f"{name} belongs to --series: add it, or leave {name} out.")

    @property
    def ordered_by(self) -> str:
        """What the order of the files means, "name" unless it is said."""
        return self.order or "name"

    def locked(self, files: Sequence[Path]) -> dict[int, int]:
        """Return the plates that are known by the index of their file.

        A file may be named by its path or, where that is unique, by its name.

        Raises
        ------
        BrainseekError
            There is no ``=``, the plate is no number, or the file is not one or several of these.
        """
        locks: dict[int, int] = {}
        for text in self.locks:
            name, equals, plate = text.rpartition("=")
            if not equals or not name:
                raise BrainseekError(f"--lock '{text}' is not understood: write FILE=PLATE.")
            try:
                number = int(plate)
            except ValueError:
                raise BrainseekError(
                    f"--lock '{text}' has no plate number after '=': write FILE=PLATE."
                ) from None
            found = [i for i, path in enumerate(files) if str(path) == name or path == Path(name)]
            found = found or [i for i, path in enumerate(files) if path.name == name]
            if len(found) != 1:
                how = "is not in the series" if not found else "is there several times"
                raise BrainseekError(
                    f"--lock '{text}': {name} {how}; give the path of one file of it."
                )
            if locks.get(found[0], number) != number:
                raise BrainseekError(
                    f"{name} is locked to plate {locks[found[0]]} and to plate {number}: keep one."
                )
            locks[found[0]] = number
        return locks


def series_options() -> Decorator[Any]:
    """Add what is said of a series; a command gets `SeriesSettings` as ``series``."""
    return with_settings(
        "series",
        SeriesSettings,
        click.option(
            "--series",
            "together",
            is_flag=True,
            help="The files are sections of one brain: place them together.",
        ),
        click.option(
            "--lock",
            "locks",
            multiple=True,
            metavar="FILE=PLATE",
            help="With --series: this section is that plate. May be given several times.",
        ),
        click.option(
            "--order",
            type=click.Choice(["name", "unknown"]),
            help="With --series: does the order of the names mean something? By default it does.",
        ),
        click.option(
            "--spacing",
            "spacing_um",
            type=MICROMETRES,
            metavar="UM",
            help="With --series: distance from section to section in µm, if it is known.",
        ),
        click.option(
            "--tilt",
            is_flag=True,
            help="With --series: find the two angles of the cut too, on atlases with a volume.",
        ),
    )
