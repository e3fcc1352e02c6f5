"""``brainseek index``: make, fill, describe, check, mend and delete collections."""

import re

import click

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.registry import read_card
from brainseek.index.collection import Collection
from brainseek.index.maintain.drop import check_droppable, drop_collection
from brainseek.ui.commands.collections.index_info import info, list_command, verify
from brainseek.ui.commands.collections.index_rows import add, delete, export
from brainseek.ui.commands.options.confirm import agrees
from brainseek.ui.commands.options.shared import YES

_IDENTITY = re.compile(r"[^@\s]+@[^@\s]+")


@click.group(name="index")
def index() -> None:
    """Make, fill, describe, check, mend and delete collections.

    A collection is a folder (or s3://bucket/key) with embeddings that one encoder wrote, and
    what is known of each: source, window, place in the brain, stain. URI names that folder.
    Nothing is ever lost by adding or deleting rows: every change makes a new version, and
    `restore` goes back. The search index inside is made again whenever it is needed.

    \b
    brainseek index create slides.brain --encoder plates-mouse-nissl
    brainseek embed slides/ --collection slides.brain --encoder plates-mouse-nissl
    brainseek index info slides.brain
    brainseek search slides.brain section.png
    """  # noqa: D301


@index.command()
@click.argument("uri")
@click.option("--encoder", metavar="NAME", help="A released encoder, see `brainseek encoder list`.")
@click.option("--identity", metavar="NAME@HASH", help="Any other encoder, with --dim.")
@click.option("--dim", type=click.IntRange(1, 65_536), metavar="N", help="Length of its vectors.")
def create(uri: str, encoder: str | None, identity: str | None, dim: int | None) -> None:
    """Make the empty collection URI for one encoder.

    \b
    brainseek index create slides.brain --encoder plates-mouse-nissl
    brainseek index create s3://lab/own --identity own-model@3f2a --dim 512
    """  # noqa: D301
    if (encoder is None) == (identity is None):
        raise BrainseekError(
            "a collection has exactly one encoder; give --encoder NAME for a released one, or "
            "--identity NAME@HASH and --dim N for any other."
        )
    if encoder is not None:
        if dim is not None:
            raise BrainseekError(f"--dim {dim} is not needed: encoder {encoder} knows its own.")
        card = read_card(encoder)
        identity, dim = card.identity, card.dim
    elif dim is None:
        raise BrainseekError(f"the encoder {identity} is not known here; say --dim N as well.")
    assert identity is not None
    assert dim is not None
    if not _IDENTITY.fullmatch(identity):
        raise BrainseekError(
            f"'{identity}' is no identity of an encoder; write NAME@HASH, where the hash changes "
            "whenever its vectors would."
        )
    made = Collection.create(uri, identity, dim)
    click.echo(f"{made.uri}: empty, for vectors of {made.encoder} ({made.dim} dimensions)")


@index.command()
@click.argument("uri")
@click.option(
    "--forget-older",
    "keep_days",
    type=click.FloatRange(min=0),
    metavar="DAYS",
    help="Delete the files of versions older than this that no snapshot names.",
)
def compact(uri: str, keep_days: float | None) -> None:
    """Join the small files of URI.

    Deleted rows are left out of them, and the search index is made anew.
    """
    collection = Collection.open(uri)
    before = len(collection.table.fragments())
    collection.compact()
    click.echo(f"{before} files of rows became {len(collection.table.fragments())}")
    if keep_days is not None:
        freed = collection.table.forget_older(keep_days)
        click.echo(f"{freed / 1e6:.1f} MB of older versions deleted")


@index.command()
@click.argument("uri")
@click.argument("name")
@click.option("--forget", is_flag=True, help="Take the name away instead; the rows stay.")
def snapshot(uri: str, name: str, forget: bool) -> None:
    """Name the present version of URI.

    `restore`, `search` and `export` find it by that name.
    """
    collection = Collection.open(uri)
    if forget:
        collection.forget_snapshot(name)
        click.echo(f"{uri} has no snapshot {name} any more")
        return
    click.echo(f"{uri}: version {collection.snapshot(name)} is now called {name}")


@index.command()
@click.argument("uri")
@click.argument("version", metavar="NAME|VERSION")
def restore(uri: str, version: str) -> None:
    """Bring URI back to a snapshot or a version.

    This makes a new version; what came later stays among the versions.
    """
    collection = Collection.open(uri)
    before = collection.version
    names = collection.snapshots()
    collection.restore(int(version) if version.isdecimal() and version not in names else version)
    click.echo(f"{uri} is as it was at {version}: {len(collection)} rows")
    click.echo(f"`brainseek index restore {uri} {before}` undoes this.", err=True)


@index.command()
@click.argument("uri")
@YES
def drop(uri: str, yes: bool) -> None:
    """Delete the collection URI for good.

    Its versions and snapshots go too. A folder that is no collection, or holds other files as
    well, is left as it is.
    """
    table = check_droppable(uri)
    what = "what is left of" if table is None else f"{table.count()} rows and all versions of"
    if not yes and not agrees(f"Delete {what} {uri} for good?"):
        raise BrainseekError(f"{uri} was not deleted: nobody agreed; answer y, or use --yes.")
    drop_collection(uri)
    click.echo(f"{uri} is deleted")


for _command in (add, delete, export, info, list_command, verify):
    index.add_command(_command)
