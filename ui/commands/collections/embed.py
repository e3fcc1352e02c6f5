"""``brainseek embed``: from folders of images to rows of a collection."""

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from brainseek.index.ingest.summary import Summary

_POSITIVE = click.FloatRange(min=0, min_open=True)
_COUNT = click.IntRange(min=1)


@click.command(
    epilog="\b\nbrainseek embed slides/ --collection nissl.lance --encoder plates-mouse-nissl \\\n"
    "    --patch-um 500 --pixel-size 0.65 --stain nissl"
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--collection", required=True, metavar="URI", help="Folder, or s3://bucket/key.")
@click.option("--encoder", required=True, metavar="NAME", help="See `brainseek encoder list`.")
@click.option(
    "--patch-um", type=_POSITIVE, metavar="UM", help="Side of the windows.  [default: 500]"
)
@click.option("--patch-px", type=_COUNT, metavar="N", help="The same in pixels of the file.")
@click.option(
    "--stride-um", type=_POSITIVE, metavar="UM", help="Step between windows.  [default: their side]"
)
@click.option("--stride-px", type=_COUNT, metavar="N", help="The same in pixels of the file.")
@click.option("--whole", is_flag=True, help="One row for each section instead of a grid.")
@click.option(
    "--min-tissue",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Share of a window that must be tissue.",
)
@click.option(
    "--pixel-size",
    "pixel_size_um",
    type=_POSITIVE,
    metavar="UM",
    help="Pixel size of the files in µm, where they do not say it.",
)
@click.option(
    "--axis",
    type=click.IntRange(0, 2),
    help="Cut NIfTI volumes sagittal (0), coronal (1, the default) or axial (2).",
)
@click.option(
    "--every",
    type=_COUNT,
    default=1,
    metavar="N",
    help="Take every Nth slice of volumes and stacks.",
)
@click.option("--atlas", metavar="NAME", help="Atlas in whose space the volumes lie.")
@click.option("--stain", help="Written into every row, as the next three.")
@click.option("--species")
@click.option("--specimen")
@click.option("--note", help="Free text.")
@click.option("--batch", type=_COUNT, default=64, show_default=True, help="Images at once.")
@click.option(
    "--commit-rows", type=_COUNT, default=2048, show_default=True, help="Rows written at once."
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Work on this machine or on a Ray cluster.",
)
@click.option(
    "--workers",
    type=_COUNT,
    default=2,
    show_default=True,
    help="Threads that read images, or encoders on the cluster.",
)
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, …")
@click.option("--limit", type=_COUNT, metavar="N", help="Stop after N windows of the plan.")
@click.option("--dry-run", is_flag=True, help="Only say what would be embedded.")
def embed(
    paths: tuple[str, ...],
    collection: str,
    encoder: str,
    engine: str,
    dry_run: bool,
    **options: Any,
) -> None:
    """Embed files into a collection, as windows or as whole sections.

    PATH is an image, a folder (with its subfolders) or a pattern such as 'slides/*.tif'. The
    collection is made if there is none. The same command again adds only what is missing, so a
    run may be stopped at any time. A file that can't be read is reported, the others are still
    done, and the exit status is 2.
    """
    from brainseek.index.ingest.options import EmbedOptions
    from brainseek.index.ingest.run import embed_paths

    done = embed_paths(
        paths,
        collection,
        encoder,
        EmbedOptions(**options),
        engine,
        progress=sys.stderr.isatty() and not dry_run,
        dry_run=dry_run,
    )
    for uri, sentence in done.failed:
        click.echo(f"Error: {uri}: {sentence}", err=True)
    click.echo(_planned(done, collection) if dry_run else _done(done, collection))
    if done.added:
        click.echo(f"next: brainseek search {shlex.quote(collection)} IMAGE")
    if done.failed:
        sys.exit(2)


def _planned(done: "Summary", collection: str) -> str:
    missing = done.planned - done.skipped
    return (
        f"{_count(done.planned, 'row')} planned from {_count(done.sources, 'file')}: "
        f"{missing} to embed, {done.skipped} in {collection} already; nothing was written."
    )


def _done(done: "Summary", collection: str) -> str:
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
