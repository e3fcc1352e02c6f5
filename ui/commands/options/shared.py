"""Options that several commands share: each is declared here, once and under one name."""

from pathlib import Path
from typing import Any

import click

from brainseek.ui.commands.options.settings import Decorator, with_settings
from brainseek.ui.reading import Reading

MICROMETRES = click.FloatRange(min=0, min_open=True)
"""A length above 0."""
COUNT = click.IntRange(min=1)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

SLICE = click.option(
    "--slice", "slice_index", type=int, metavar="N", help="Slice of a 3-D stack, from 0."
)
AXIS = click.option(
    "--axis",
    type=click.IntRange(0, 2),
    metavar="0|1|2",
    help="Cut a NIfTI volume sagittal (0), coronal (1, the default) or axial (2).",
)
WHERE = click.option("--where", metavar="CONDITION", help="Only rows that fulfil it.")
SNAPSHOT = click.option("--snapshot", metavar="NAME", help="The rows as they were then.")
VERSION = click.option("--version", type=COUNT, metavar="N", help="The same, by number.")
LABELS = click.option("--labels", metavar="NAME", help="Labels that name the areas, e.g. julich.")
BRIGHT_FIELD = click.option(
    "--bright-field", is_flag=True, help="The patch shows its stain dark on bright ground."
)
YES = click.option("--yes", is_flag=True, help="Agree without being asked.")


def pixel_size_option(of: str = "the files") -> Decorator[Any]:
    """Add ``--pixel-size``, which a command gets as ``pixel_size_um``; None if not given."""
    return click.option(
        "--pixel-size",
        "pixel_size_um",
        type=MICROMETRES,
        metavar="UM",
        help=f"Pixel size of {of} in µm, where the file does not say it.",
    )


def atlas_option(default: str) -> Decorator[Any]:
    """Add ``--atlas``."""
    return click.option(
        "--atlas",
        default=default,
        show_default=True,
        metavar="NAME",
        help="A name of 'brainseek atlas list', NAME@sagittal or @horizontal, brainglobe:NAME, or "
        "an atlas YAML.",
    )


def encoder_option(default: str, required: bool = False) -> Decorator[Any]:
    """Add ``--encoder``; ``default`` says in words which is taken otherwise."""
    beside = "" if required else f"  [default: {default}]"
    return click.option(
        "--encoder",
        required=required,
        metavar="NAME",
        help=f"A name of 'brainseek encoder list'.{beside}",
    )


def k_option(default: int, what: str) -> Decorator[Any]:
    """Add ``-k``."""
    return click.option(
        "-k", type=COUNT, default=default, show_default=True, metavar="N", help=f"{what} wanted."
    )


def json_option(what: str) -> Decorator[Any]:
    """Add ``--json``, which a command gets as ``json_file``; ``-`` is the terminal."""
    return click.option(
        "--json", "json_file", metavar="FILE", help=f"Write {what} as JSON; - is the terminal."
    )


def picture_option(drawn: str) -> Decorator[Any]:
    """Add ``--picture``; ``drawn`` says what it shows."""
    return click.option("--picture", type=NEW_FILE, metavar="FILE.png", help=f"Draw {drawn}.")


def weights_option(encoders: str) -> Decorator[Any]:
    """Add ``--weights``, the folder of encoders of one's own; None if not given."""
    return click.option(
        "--weights", type=FOLDER, metavar="DIR", help=f"Where {encoders} encoders of your own lie."
    )


def modality_option(required: bool) -> Decorator[Any]:
    """Add ``--modality``."""
    return click.option(
        "--modality", required=required, metavar="NAME", help="Stain of the image, e.g. nissl."
    )


def reading_options(of: str = "the images") -> Decorator[Any]:
    """Add ``--pixel-size``, ``--slice`` and ``--axis``; a command gets a `Reading`, ``reading``."""
    return with_settings("reading", Reading, pixel_size_option(of), SLICE, AXIS)
