"""``brainseek search``: what in a collection looks like this?"""

from dataclasses import asdict, dataclass

import click
from rich.console import Console

from brainseek.index.collection import Collection
from brainseek.index.queries import ByImage, ByWords
from brainseek.ui.commands.options.hit_files import HitFiles, hit_file_options
from brainseek.ui.commands.options.query import QueryOptions, query_options
from brainseek.ui.commands.options.settings import with_settings
from brainseek.ui.commands.options.shared import SNAPSHOT, VERSION, WHERE
from brainseek.ui.reports.hits import hits_table

_MOST = 1_000_000


@dataclass(frozen=True)
class HitOptions:
    """How many hits are wanted, and which rows may be among them."""

    k: int
    offset: int
    where: str | None
    radius: float | None
    exact: bool


@click.command()
@click.argument("uri")
@query_options()
@with_settings(
    "wanted",
    HitOptions,
    click.option(
        "-k",
        type=click.IntRange(1, _MOST),
        default=10,
        show_default=True,
        metavar="N",
        help="Hits wanted.",
    ),
    click.option(
        "--offset",
        type=click.IntRange(0, _MOST),
        default=0,
        show_default=True,
        metavar="N",
        help="Leave out so many of the first.",
    ),
    WHERE,
    click.option(
        "--radius",
        type=click.FloatRange(0, 2),
        metavar="DISTANCE",
        help="Only rows at most so far from the query (0 to 2, Euclidean).",
    ),
    click.option("--exact", is_flag=True, help="Look at every vector, even in large collections."),
)
@SNAPSHOT
@VERSION
@hit_file_options()
def search(
    uri: str,
    asked: QueryOptions,
    wanted: HitOptions,
    snapshot: str | None,
    version: int | None,
    files: HitFiles,
) -> None:
    """Show the rows of the collection URI that look most like IMAGE.

    Instead of an image, the query may be a row, a place in the atlas, a text or a vector. With
    --modality and --find the hits are the same tissue in another stain, for collections of an
    encoder of both (see `brainseek pairs --collection`). The score is the cosine similarity, 1 at
    best; ranks count from 0.

    \b
    brainseek search slides.brain section.png -k 20
    brainseek search slides.brain big.tif --window 4000 2500 512 512
    brainseek search slides.brain --row 6f55f1890b8783cc252c74e87cd7c26f --html hits.html
    brainseek search slides.brain --at 7500 2800 5700 --where "stain = 'nissl'"
    brainseek search slides.brain --match "dentate gyrus"
    brainseek search pairs.brain patch.png --modality nissl --find autofluorescence --pixel-size 25
    """  # noqa: D301
    collection = Collection.open(uri, version=version, snapshot=snapshot)
    if not len(collection):
        click.echo(f"{uri} is empty; `brainseek embed` or `brainseek index add` fill it.", err=True)
    query = asked.query(collection)
    match = None if isinstance(query, ByWords) else asked.match
    hits = collection.search(query, match=match, **asdict(wanted))
    section = query.section if isinstance(query, ByImage) else None
    if files.write(hits, collection, asked.described(), section):
        return
    if len(hits):
        Console().print(hits_table(hits))
    elif len(collection):
        click.echo("no hits", err=True)
