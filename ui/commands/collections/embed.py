"""``brainseek embed``: from folders of images to rows of a collection."""

import shlex
import sys

import click

from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.run import embed_paths
from brainseek.index.ingest.summary import Summary
from brainseek.ui.commands.options.settings import with_settings
from brainseek.ui.commands.options.shared import (
    AXIS,
    BRIGHT_FIELD,
    COUNT,
    MICROMETRES,
    encoder_option,
    modality_option,
    pixel_size_option,
)
from brainseek.ui.reports.messages import said_once


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--collection", required=True, metavar="URI", help="Folder, or s3://bucket/key.")
@encoder_option("", required=True)
@with_settings(
    "options",
    EmbedOptions,
    click.option(
        "--patch-um",
        type=MICROMETRES,
        metavar="UM",
        help="Side of the windows.  [default: what the encoder sees, or 500]",
    ),
    click.option("--patch-px", type=COUNT, metavar="N", help="The same in pixels of the file."),
    click.option(
        "--stride-um",
        type=MICROMETRES,
        metavar="UM",
        help="Step between windows.  [default: their side]",
    ),
    click.option("--stride-px", type=COUNT, metavar="N", help="The same in pixels of the file."),
    click.option("--whole", is_flag=True, help="One row for each section instead of a grid."),
    click.option(
        "--min-tissue",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="Share of a window that must be tissue.",
    ),
    pixel_size_option(),
    AXIS,
    click.option(
        "--every",
        type=COUNT,
        default=1,
        metavar="N",
        help="Take every Nth slice of volumes and stacks.",
    ),
    click.option("--atlas", metavar="NAME", help="Atlas in whose space the volumes lie."),
    modality_option(required=False),
    BRIGHT_FIELD,
    click.option("--stain", help="Of the tissue; written into every row."),
    click.option("--species", help="Written into every row."),
    click.option("--specimen", help="Written into every row."),
    click.option("--note", help="Free text, written into every row."),
    click.option("--batch", type=COUNT, default=64, show_default=True, help="Images at once."),
    click.option(
        "--commit-rows", type=COUNT, default=2048, show_default=True, help="Rows written at once."
    ),
    click.option(
        "--workers",
        type=COUNT,
        default=2,
        show_default=True,
        help="Threads that read images, or encoders on the cluster.",
    ),
    click.option("--device", default="auto", show_default=True, help="cpu, cuda, …"),
    click.option("--limit", type=COUNT, metavar="N", help="Stop after N windows of the plan."),
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Work on this machine or on a Ray cluster.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be embedded.")
def embed(
    paths: tuple[str, ...],
    collection: str,
    encoder: str,
    options: EmbedOptions,
    engine: str,
    dry_run: bool,
) -> None:
    """Embed files into a collection, as windows or as whole sections.

    PATH is an image, a folder (with its subfolders) or a pattern such as 'slides/*.tif'. The
    collection is made if there is none. The same command again adds only what is missing, so a
    run may be stopped at any time. A file that can't be read is reported, the others are still
    done, and the exit status is 2.

    \b
    brainseek embed slides/ --collection nissl.brain --encoder plates-mouse-nissl \\
        --patch-um 500 --pixel-size 0.65 --stain nissl
    """  # noqa: D301
    done = embed_paths(
        paths,
        collection,
        encoder,
        options,
        engine,
        progress=sys.stderr.isatty() and not dry_run,
        dry_run=dry_run,
    )
    for line in said_once(done.failed):
        click.echo(f"Error: {line}", err=True)
    click.echo(_planned(done, collection) if dry_run else _done(done, collection))
    if done.added:
        click.echo(f"next: brainseek search {shlex.quote(collection)} IMAGE")
    if done.failed:
        sys.exit(2)


def _planned(done: Summary, collection: str) -> str:
    missing = done.planned - done.skipped
    return (
        f"{_count(done.planned, 'row')} planned from {_count(done.sources, 'file')}: "
        f"{missing} to embed, {done.skipped} in {collection} already; nothing was written."
    )


def _done(done: Summary, collection: str) -> str:
    parts = [f"{done.skipped} were there already"] if done.skipped else []
    parts += [f"{_count(done.blank, 'window')} blank"] if done.blank else []
    parts += [f"{_count(len(done.failed), 'file')} failed"] if done.failed else []
    beside = f" ({', '.join(parts)})" if parts else ""
    return (
        f"{_count(done.added, 'row')} added to {collection} from {_count(done.sources, 'file')}"
        f"{beside} in {done.seconds:.1f} s."
    )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
