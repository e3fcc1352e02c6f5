"""Options that the commands on single patches share."""

from collections.abc import Callable
from pathlib import Path

import click

from brainseek.ui.commands.options.sections import MICROMETRES, Command, with_options


def stain_options(argument: str) -> Callable[[Command], Command]:
    """Add ``--modality``, ``--pixel-um`` and ``--bright-field`` to a command on a patch.

    It gets them as ``modality``, ``pixel_um`` (None if not given) and ``bright_field``.

    Parameters
    ----------
    argument : str
        How the command calls the patch, e.g. PATCH.
    """
    return with_options(
        click.option(
            "--modality", required=True, metavar="NAME", help=f"Stain of {argument}, e.g. nissl."
        ),
        click.option(
            "--pixel-um",
            type=MICROMETRES,
            metavar="UM",
            help=f"Pixel size of {argument} in µm, where the file does not say it.",
        ),
        click.option(
            "--bright-field",
            is_flag=True,
            help=f"{argument} shows its stain dark on bright ground.",
        ),
    )


def answer_options(drawn: str) -> Callable[[Command], Command]:
    """Add ``--json`` and ``--picture`` to a command that places a patch.

    It gets them as ``json_file`` and ``picture``, each None if not given.

    Parameters
    ----------
    drawn : str
        What the picture shows, as a sentence.
    """
    return with_options(
        click.option(
            "--json", "json_file", metavar="FILE", help="Write the answer; - is the terminal."
        ),
        click.option(
            "--picture",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE.png",
            help=drawn,
        ),
    )


def weights_option(encoders: str) -> Callable[[Command], Command]:
    """Add ``--weights``, which a command gets as ``weights``; None if not given.

    Parameters
    ----------
    encoders : str
        What lies in that folder, e.g. cortex encoders.
    """
    return click.option(
        "--weights",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help=f"Where {encoders} of your own lie.",
    )
