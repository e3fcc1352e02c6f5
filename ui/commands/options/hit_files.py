"""The files that searches write their hits to: JSON, CSV and a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brainseek.ui.commands.options.sections import Command, with_options

if TYPE_CHECKING:
    from brainseek.catalog.sections.section import Section
    from brainseek.index.collection import Collection
    from brainseek.index.search.hits import Hits

_OUTPUT = click.Path(dir_okay=False, path_type=Path)


def hit_file_options(command: Command) -> Command:
    """Add ``--json``, ``--csv`` and ``--html`` to a command.

    It gets them as ``json_file``, ``csv_file`` and ``html_file``, each None if not given.
    """
    return with_options(
        click.option(
            "--json", "json_file", metavar="FILE", help="Write the hits; - is the terminal."
        ),
        click.option(
            "--csv", "csv_file", type=_OUTPUT, metavar="FILE", help="Write the hits as CSV."
        ),
        click.option(
            "--html",
            "html_file",
            type=_OUTPUT,
            metavar="FILE",
            help="Write a page with thumbnails.",
        ),
    )(command)


def write_hits(
    hits: "Hits",
    collection: "Collection",
    query: dict[str, Any],
    title: str,
    section: "Section | None",
    json_file: str | None,
    csv_file: Path | None,
    html_file: Path | None,
) -> None:
    """Write hits to the files that were asked for, and say where.

    Parameters
    ----------
    hits : Hits
    collection : Collection
        It was searched.
    query : dict
        What was asked, for the JSON file.
    title : str
        Of the page.
    section : Section or None
        The image that was searched for.
    json_file : str or None
        ``-`` prints it.
    csv_file, html_file : Path or None
    """
    from brainseek.catalog.core.whole_file import write_whole
    from brainseek.ui.reports.answers import to_json
    from brainseek.ui.reports.hits import csv_bytes, document, page

    encoder, version = collection.encoder, collection.view().version
    if json_file is not None:
        text = to_json(document(hits, query, collection.uri, encoder, version))
        if json_file == "-":
            click.echo(text, nl=False)
        else:
            write_whole(Path(json_file), text.encode())
            click.echo(f"hits: {json_file}", err=True)
    if csv_file is not None:
        write_whole(csv_file, csv_bytes(hits))
        click.echo(f"hits: {csv_file}", err=True)
    if html_file is not None:
        facts = f"{len(hits)} hits in {collection.uri}, version {version}, {encoder}"
        write_whole(html_file, page(hits, title, facts, section).encode())
        click.echo(f"page: {html_file}", err=True)
