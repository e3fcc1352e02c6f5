"""``brainseek search``: what in a collection looks like this?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainseek.ui.commands.options.hit_files import hit_file_options, write_hits
from brainseek.ui.commands.options.search_query import Asked, query_of

if TYPE_CHECKING:
    from brainseek.index.collection import Collection
    from brainseek.index.search.hits import Hits

_MOST = 1_000_000
_OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("uri")
@click.argument("image", required=False)
@click.option(
    "--window",
    type=int,
    nargs=4,
    metavar="ROW COLUMN HEIGHT WIDTH",
    help="Only this part of IMAGE, in its pixels.",
)
@click.option("--row", metavar="ID", help="More like this row (--json shows ids).")
@click.option(
    "--at",
    type=float,
    nargs=3,
    metavar="AP DV ML",
    help="What looks like the tissue at this place of the atlas, in µm.",
)
@click.option(
    "--within",
    "within_um",
    type=click.FloatRange(min=0, min_open=True),
    metavar="UM",
    help="How far from --at the nearest row may lie.  [default: 1000]",
)
@click.option("--text", metavar="WORDS", help="A description, for encoders that know text.")
@click.option("--vector", type=_OUTPUT, metavar="FILE.npy", help="An embedding of length 1, (d,).")
@click.option(
    "--match",
    metavar="WORDS",
    help="Words in structure, stain, species, specimen, note or source: such rows move up. "
    "Without another query: the rows that hold them.",
)
@click.option(
    "-k",
    type=click.IntRange(1, _MOST),
    default=10,
    show_default=True,
    help="Number of hits.",
)
@click.option(
    "--offset",
    type=click.IntRange(0, _MOST),
    default=0,
    show_default=True,
    help="Leave out so many of the first.",
)
@click.option("--where", metavar="CONDITION", help="Only rows that fulfil it.")
@click.option(
    "--radius",
    type=click.FloatRange(0, 2),
    metavar="DISTANCE",
    help="Only rows at most so far from the query (0 to 2, Euclidean).",
)
@click.option("--exact", is_flag=True, help="Look at every vector, even in large collections.")
@click.option("--snapshot", metavar="NAME", help="Search the rows as they were then.")
@click.option("--version", type=click.IntRange(min=1), metavar="N", help="The same, by number.")
@click.option(
    "--pixel-size",
    "pixel_size_um",
    type=click.FloatRange(min=0, min_open=True),
    metavar="UM",
    help="Pixel size of IMAGE in µm, where the file does not say it.",
)
@click.option("--slice", "slice_index", type=int, metavar="N", help="Slice of a 3-D stack, from 0.")
@click.option("--axis", type=click.IntRange(0, 2), help="Cut a NIfTI volume across this axis.")
@hit_file_options
def search(
    uri: str,
    k: int,
    offset: int,
    where: str | None,
    radius: float | None,
    exact: bool,
    snapshot: str | None,
    version: int | None,
    json_file: str | None,
    csv_file: Path | None,
    html_file: Path | None,
    **query: Any,
) -> None:
    """Show the rows of the collection URI that look most like IMAGE.

    Instead of an image, the query may be a row, a place in the atlas, a text or a vector. The
    score is the cosine similarity, 1 at best; ranks count from 0.

    \b
    brainseek search slides.brain section.png -k 20
    brainseek search slides.brain big.tif --window 4000 2500 512 512
    brainseek search slides.brain --row 6f55f1890b8783cc252c74e87cd7c26f --html hits.html
    brainseek search slides.brain --at 7500 2800 5700 --where "stain = 'nissl'"
    brainseek search slides.brain --match "dentate gyrus"
    """  # noqa: D301
    from brainseek.index.collection import Collection
    from brainseek.index.queries import ByImage, ByWords

    asked = Asked(**query)
    collection = Collection.open(uri, version=version, snapshot=snapshot)
    if not len(collection):
        click.echo(f"{uri} is empty; `brainseek embed` or `brainseek index add` fill it.", err=True)
    options: dict[str, Any] = {
        "k": k, "offset": offset, "where": where, "radius": radius, "exact": exact,
    }  # fmt: skip
    wanted = query_of(asked)
    match = None if isinstance(wanted, ByWords) else asked.match
    hits = collection.search(wanted, match=match, **options)
    section = wanted.section if isinstance(wanted, ByImage) else None
    described = asked.described()
    title = ", ".join(f"{name} {value}" for name, value in described.items())
    write_hits(hits, collection, described, title, section, json_file, csv_file, html_file)
    if json_file != "-":
        _show(hits, collection)


def _show(hits: "Hits", collection: "Collection") -> None:
    """Print the table."""
    from rich.console import Console

    from brainseek.ui.reports.hits import hits_table

    if len(hits):
        Console().print(hits_table(hits))
    elif len(collection):
        click.echo("no hits", err=True)
