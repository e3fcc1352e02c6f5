"""The files that searches write their hits to: JSON, CSV and a page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from brainseek.catalog.sections.section import Section
from brainseek.index.collection import Collection
from brainseek.index.search.hits import Hits
from brainseek.ui.commands.options.settings import Decorator, with_settings
from brainseek.ui.commands.options.shared import NEW_FILE, json_option
from brainseek.ui.reports.hits import csv_bytes, document, page
from brainseek.ui.reports.output import write_file, write_json


@dataclass(frozen=True)
class HitFiles:
    """Where hits go beside the table; None where nothing was asked for, ``-`` is the terminal."""

    json_file: str | None
    csv_file: Path | None
    html_file: Path | None

    def write(
        self, hits: Hits, collection: Collection, query: dict[str, Any], section: Section | None
    ) -> bool:
        """Write hits to the files that were asked for, and say where.

        Parameters
        ----------
        hits : Hits
        collection : Collection
            It was searched.
        query : dict
            What was asked.
        section : Section or None
            The image that was searched for.

        Returns
        -------
        bool
            Whether the terminal shows them as JSON already.
        """
        encoder, version = collection.encoder, collection.view().version
        content = document(hits, query, collection.uri, encoder, version)
        shown = write_json(content, self.json_file, "hits")
        if self.csv_file is not None:
            write_file(self.csv_file, csv_bytes(hits), "hits")
        if self.html_file is not None:
            title = ", ".join(f"{name} {value}" for name, value in query.items())
            facts = f"{len(hits)} hits in {collection.uri}, version {version}, {encoder}"
            write_file(self.html_file, page(hits, title, facts, section).encode(), "page")
        return shown


def hit_file_options() -> Decorator[Any]:
    """Add ``--json``, ``--csv`` and ``--html``; a command gets `HitFiles` as ``files``."""
    return with_settings(
        "files",
        HitFiles,
        json_option("the hits"),
        click.option(
            "--csv", "csv_file", type=NEW_FILE, metavar="FILE", help="Write the hits as CSV."
        ),
        click.option(
            "--html",
            "html_file",
            type=NEW_FILE,
            metavar="FILE",
            help="Write a page with thumbnails.",
        ),
    )
