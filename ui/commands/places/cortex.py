"""``brainseek cortex index``: every vertex of the cortex as a row of a collection."""

import shlex
import sys
from pathlib import Path

import click

from brainseek.ui.commands.options.patches import weights_option


@click.group()
def cortex() -> None:
    """The cortex as a collection."""


@cortex.command()
@click.argument("out")
@click.option(
    "--encoder", metavar="NAME", help="Place encoder.  [default: the one that sees most planes]"
)
@click.option(
    "--data",
    metavar="NAME",
    help="T1 volume with its surface, e.g. t1-icbm2009.  [default: the encoder's gallery]",
)
@click.option("--labels", metavar="NAME", help="Labels that name the structures, e.g. julich.")
@weights_option("cortex encoders")
def index(
    out: str, encoder: str | None, data: str | None, labels: str | None, weights: Path | None
) -> None:
    """Write all vertices of a cortex to the collection OUT, one row each.

    Rows carry the place in MNI152 (ap, dv, ml are y, z, x in µm), the area where labels are on
    this machine, and the hemisphere as a note. The same command again adds only what is missing.

    \b
    brainseek cortex index cortex.brain
    brainseek search cortex.brain --at -22000 54000 -42000 --within 5000 --where "ml_um > 0"
    """  # noqa: D301
    from brainseek.index.fill.cortex import index_cortex

    done = index_cortex(
        data,
        out,
        encoder,
        labels,
        folder=weights,
        progress=sys.stderr.isatty(),
    )
    there = len(done.collection) - done.rows
    beside = f" ({there} were there already)" if there else ""
    click.echo(f"{done.rows} rows added to {out}{beside}.")
    click.echo(f"next: brainseek search {shlex.quote(out)} --at -22000 54000 -42000 --within 5000")
