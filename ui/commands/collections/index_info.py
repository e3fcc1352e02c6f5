"""``brainseek index info``, ``list`` and ``verify``: the commands that change nothing."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.maintain.info import CollectionInfo, collection_info
from brainseek.index.maintain.local_collections import find_collections
from brainseek.index.maintain.verify import verify_collection
from brainseek.ui.commands.options.shared import json_option
from brainseek.ui.reports.messages import printable
from brainseek.ui.reports.output import write_json


@click.command()
@click.argument("uri")
@json_option("every field")
@click.option(
    "--recall/--no-recall",
    default=True,
    show_default=True,
    help="Measure how many true neighbours a search finds (makes the search index if needed).",
)
def info(uri: str, json_file: str | None, recall: bool) -> None:
    """Show what URI holds.

    Rows by kind, atlas, stain and modality, encoder, versions, snapshots, sizes, search index,
    recall.
    """
    found = collection_info(Collection.open(uri), recall)
    if write_json(_plain(asdict(found)), json_file, "facts"):
        return
    console = Console()
    console.print(_facts(found, recall))
    if found.groups:
        console.print()
        console.print(_groups(found))


def _facts(found: CollectionInfo, recall: bool) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    snapshots = ", ".join(f"{name} (version {v})" for name, v in found.snapshots.items())
    last = ", ".join(f"{number} ({time:%Y-%m-%d %H:%M})" for number, time in found.versions)
    lines = {
        "collection": found.uri,
        "rows": f"{found.rows:,}",
        "encoder": f"{found.encoder}, {found.dim} dimensions",
        "version": f"{found.version}; the last: {last}",
        "snapshots": snapshots or "none",
        "table": f"{_size(found.table_bytes)} with all versions, "
        f"{found.fragments} files of rows, format {found.format}",
        "search index": _search_index(found),
        "recall": _recall(found, recall),
    }
    for name, text in lines.items():
        table.add_row(name, escape(printable(text)))
    return table


def _search_index(found: CollectionInfo) -> str:
    made = found.search_index
    if made is None:
        return "none yet; the next search makes it"
    how = "exact" if made.kind == "flat" else made.kind
    if made.setting is not None:
        how += (
            f", {made.setting.probes} probes, {made.setting.factor} x candidates "
            f"(recall {made.setting.recall:.3f} when tuned)"
        )
    return (
        f"{how}; made of version {made.version} ({made.rows:,} rows) in {made.seconds:.1f} s, "
        f"{made.changes:,} changes since; {_size(made.bytes)}"
    )


def _recall(found: CollectionInfo, asked: bool) -> str:
    check = found.recall
    if check is None:
        return "needs at least 2 rows" if asked else "not measured (--no-recall)"
    return (
        f"{check.recall:.3f} of the true {check.k} nearest rows are found (95 %: {check.low:.3f} "
        f"to {check.high:.3f}; {check.n} rows as queries)"
    )


def _groups(found: CollectionInfo) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("kind", "atlas", "stain", "modality"):
        table.add_column(title, overflow="fold")
    table.add_column("rows", justify="right")
    for group in found.groups:
        names = (group.kind, group.atlas or "-", group.stain or "-", group.modality or "-")
        table.add_row(*(escape(printable(name)) for name in names), f"{group.rows:,}")
    return table


@click.command(name="list")
@click.argument("folder", default=".")
@json_option("every field")
def list_command(folder: str, json_file: str | None) -> None:
    """Show the collections below FOLDER.

    By default below the folder where you are.
    """
    entries = [_entry(str(path)) for path in find_collections(folder)]
    if write_json(entries, json_file, "collections"):
        return
    if not entries:
        click.echo(f"no collection in {folder}; `brainseek embed` makes one", err=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("collection", overflow="fold")
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("encoder", overflow="fold")
    for entry in entries:
        rows = "-" if entry["rows"] is None else f"{entry['rows']:,}"
        what = entry["encoder"] or entry["problem"]
        table.add_row(escape(printable(entry["uri"])), rows, escape(printable(what)))
    Console().print(table)


def _entry(uri: str) -> dict[str, Any]:
    entry: dict[str, Any] = dict.fromkeys(("rows", "encoder", "dim", "version", "problem"))
    try:
        found = Collection.open(uri)
        entry |= {"encoder": found.encoder, "dim": found.dim, "version": found.version}
        entry["rows"] = len(found)
    except BrainseekError as error:
        entry["problem"] = str(error)
    return {"uri": uri, **entry}


@click.command()
@click.argument("uri")
def verify(uri: str) -> None:
    """Read all of URI and name what is damaged.

    Files that don't belong there are named, too. Exit status 2 if anything is wrong.
    """
    problems = verify_collection(uri)
    if not problems:
        click.echo(f"{uri} is whole")
        return
    for problem in problems:
        click.echo(f"{printable(problem.where)}: {printable(problem.what)}", err=True)
    raise BrainseekError(
        f"{len(problems)} problem(s) in {uri}; `brainseek index restore` goes back to a version "
        "before the damage."
    )


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def _plain(value: Any) -> Any:
    """Return a value with its times as text, as JSON wants them."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value
