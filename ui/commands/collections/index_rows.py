"""``brainseek index add``, ``delete`` and ``export``: rows in and out of collections."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.export import export_collection
from brainseek.index.maintain.import_files import row_tables
from brainseek.ui.commands.options.shared import NEW_FILE, SNAPSHOT, VERSION, WHERE


@click.command()
@click.argument("uri")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--vectors", metavar="FILE.npy", help="The vectors (n, d) that belong to a .csv.")
def add(uri: str, files: tuple[str, ...], vectors: str | None) -> None:
    """Add the rows of files to URI.

    A row whose id is there already is replaced. FILE is .parquet or .arrow with the columns of a
    collection (vector: list of numbers), .npz with the array `vectors` and arrays named like
    columns, or .csv with --vectors. Every row needs kind (plate, section or patch), source_uri
    and a vector of length 1; the other columns may be missing. Images are added by
    `brainseek embed`.

    \b
    brainseek index add slides.brain mine.parquet
    brainseek index add slides.brain mine.csv --vectors mine.npy
    """  # noqa: D301
    collection = Collection.open(uri)
    if vectors is not None and len(files) != 1:
        raise BrainseekError(f"{vectors} belongs to one .csv; add the {len(files)} files singly.")
    written = 0
    with _bar("adding", None) as bar:
        for file in files:
            first = 0
            for table in row_tables(file, collection.table.schema, vectors):
                try:
                    collection.add_table(table)
                except BrainseekError as error:
                    before = f" (the {written} rows before were added)" if written else ""
                    raise BrainseekError(
                        f"{file}, rows {first} to {first + table.num_rows - 1}{before}: {error}"
                    ) from error
                first += table.num_rows
                written += table.num_rows
                bar.update(table.num_rows)
    click.echo(f"{written} rows written; {uri} has {len(collection)} rows")


@click.command()
@click.argument("uri")
@click.option("--where", required=True, metavar="CONDITION", help="Which rows.")
def delete(uri: str, where: str) -> None:
    """Delete the rows of URI that fulfil a condition.

    \b
    brainseek index delete slides.brain --where "stain = 'nissl' and plate between 40 and 60"
    """  # noqa: D301
    collection = Collection.open(uri)
    before = collection.version
    deleted = collection.delete(where)
    click.echo(f"{deleted} rows deleted; {uri} has {len(collection)} rows")
    if deleted:
        click.echo(f"`brainseek index restore {uri} {before}` brings them back.", err=True)


@click.command()
@click.argument("uri")
@click.argument("file", type=NEW_FILE)
@WHERE
@SNAPSHOT
@VERSION
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def export(
    uri: str, file: Path, where: str | None, snapshot: str | None, version: int | None, force: bool
) -> None:
    """Write the rows of URI to FILE: .parquet, .arrow, .csv or .npz.

    .parquet and .arrow hold everything, and `brainseek index add` reads them; .csv leaves out
    vectors and thumbnails; .npz holds vectors, ids and the encoder's identity.

    \b
    brainseek index export slides.brain ca1.parquet --where "structure = 'CA1'"
    """  # noqa: D301
    collection = Collection.open(uri, version=version, snapshot=snapshot)
    with _bar("exporting", len(collection)) as bar:
        rows = export_collection(collection, file, where, force=force, progress=bar.update)
    click.echo(f"{file}: {rows} rows")


@contextmanager
def _bar(label: str, rows: int | None) -> Iterator[Any]:
    """Show progress where somebody watches; without a number of rows they are counted."""
    if rows is not None:
        hidden = not sys.stderr.isatty()
        with click.progressbar(length=rows, label=label, file=sys.stderr, hidden=hidden) as bar:
            yield bar
        return
    with tqdm(desc=label, unit=" rows", disable=None, file=sys.stderr) as counter:
        yield counter
