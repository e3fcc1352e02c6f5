"""``brainseek cortex index``: every vertex of the cortex as a row of a collection."""

import shlex
import sys
from pathlib import Path

import click

from brainseek.index.fill.cortex import index_cortex
from brainseek.ui.commands.options.shared import LABELS, encoder_option, weights_option


@click.group()
def cortex() -> None:
    """The cortex as a collection."""


@cortex.command()
@click.argument("uri")
@encoder_option("the one that sees most planes")
@click.option(
    "--volume",
    metavar="NAME",
    help="T1 volume with its surface, e.g. t1-icbm2009.  [default: the encoder's gallery]",
)
@LABELS
@weights_option("cortex")
def index(
    uri: str, encoder: str | None, volume: str | None, labels: str | None, weights: Path | None
) -> None:
    """Write all vertices of a cortex to the collection URI, one row each.

    Rows carry the place in MNI152 (ap, dv, ml are y, z, x in µm), the area where labels are on
    this machine, and the hemisphere as a note. The same command again adds only what is missing.

    \b
    brainseek cortex index cortex.brain
    brainseek search cortex.brain --at -22000 54000 -42000 --within 5000 --where "ml_um > 0"
    """  # noqa: D301
    done = index_cortex(volume, uri, encoder, labels, folder=weights, progress=sys.stderr.isatty())
    there = len(done.collection) - done.rows
    beside = f" ({there} were there already)" if there else ""
    click.echo(f"{done.rows} rows added to {uri}{beside}.")
    click.echo(f"next: brainseek search {shlex.quote(uri)} --at -22000 54000 -42000 --within 5000")
