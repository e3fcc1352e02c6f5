"""Options that the commands on section files share: how to read them, and series of one brain."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
MICROMETRES = click.FloatRange(min=0, min_open=True)
"""A length above 0."""


def reading_options(command: Command) -> Command:
    """Add ``--pixel-size``, ``--slice`` and ``--axis`` to a command.

    It gets them as ``pixel_size_um``, ``slice_index`` and ``axis``, each None if not given.
    """
    return with_options(
        click.option(
            "--pixel-size",
            "pixel_size_um",
            type=MICROMETRES,
            metavar="UM",
            help="Pixel size of the images in µm, where the files do not say it.",
        ),
        click.option(
            "--slice", "slice_index", type=int, metavar="N", help="Slice of a 3-D stack, from 0."
        ),
        click.option(
            "--axis",
            type=click.IntRange(0, 2),
            metavar="0|1|2",
            help="Cut a NIfTI volume sagittal (0), coronal (1, the default) or axial (2).",
        ),
    )(command)


def series_options(command: Command) -> Command:
    """Add ``--series``, ``--lock``, ``--order`` and ``--spacing`` to a command.

    It gets them as ``series``, ``locks`` (the texts ``FILE=PLATE``), ``order`` and
    ``spacing_um``; the last two are None if not given.
    """
    return with_options(
        click.option(
            "--series",
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
    )(command)


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return what adds options to a command so that the help lists them in the order given here."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add
