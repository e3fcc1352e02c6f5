"""``brainseek index info``, ``list`` and ``verify``: the commands that change nothing."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from brainseek.catalog.core.errors import BrainseekError
from brainseek.ui.reports.plain_text import printable

if TYPE_CHECKING:
    from rich.table import Table

    from brainseek.index.maintain.info import CollectionInfo


@click.command()
@click.argument("uri")
@click.option("--json", "as_json", is_flag=True, help="Print every field as JSON.")
@click.option(
    "--recall/--no-recall",
    default=True,
    show_default=True,
    help="Measure how many true neighbours a search finds (makes the search index if needed).",
)
def info(uri: str, as_json: bool, recall: bool) -> None:
    """Show what URI holds.

    Rows by kind, atlas, stain and modality, encoder, versions, snapshots, sizes, search index,
    recall.
    """
    from brainseek.index.collection import Collection
    from brainseek.index.maintain.info import collection_info

    found = collection_info(Collection.open(uri), recall)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False, default=_time))
        return
    from rich.console import Console

    console = Console()
    console.print(_facts(found, recall))
    if found.groups:
        console.print()
        console.print(_groups(found))


def _facts(found: "CollectionInfo", recall: bool) -> "Table":
    from rich.markup import escape
    from rich.table import Table

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


def _search_index(found: "CollectionInfo") -> str:
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


def _recall(found: "CollectionInfo", asked: bool) -> str:
    check = found.recall
    if check is None:
        return "needs at least 2 rows" if asked else "not measured (--no-recall)"
    return (
        f"{check.recall:.3f} of the true {check.k} nearest rows are found (95 %: {check.low:.3f} "
        f"to {check.high:.3f}; {check.n} rows as queries)"
    )


def _groups(found: "CollectionInfo") -> "Table":
    from rich.markup import escape
    from rich.table import Table

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
@click.option("--json", "as_json", is_flag=True, help="Print every field as JSON.")
def list_command(folder: str, as_json: bool) -> None:
    """Show the collections below FOLDER.

    By default below the folder where you are.
    """
    from brainseek.index.maintain.local_collections import find_collections

    entries = [_entry(str(path)) for path in find_collections(folder)]
    if as_json:
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    if not entries:
        click.echo(f"no collection in {folder}; `brainseek embed` makes one", err=True)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

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
    from brainseek.index.collection import Collection

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
    from brainseek.index.maintain.verify import verify_collection

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


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} is not JSON")
