"""``brainseek data``: list, get, verify and find data sets."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.fetch import get_dataset, licence_accepted
from brainseek.catalog.datasets.manifest import load_manifest
from brainseek.catalog.datasets.store import dataset_path, find_dataset
from brainseek.catalog.datasets.verify import verify_dataset
from brainseek.ui.commands.options.confirm import agrees
from brainseek.ui.commands.options.shared import FOLDER, YES, json_option
from brainseek.ui.reports.output import write_json


@click.group(name="data")
def data() -> None:
    """List, get, verify and find the data sets of the manifest."""


def _describe(name: str) -> dict[str, Any]:
    data_set = load_manifest()[name]
    problem = None
    try:
        found = find_dataset(name)
    except BrainseekError as error:
        found, problem = None, str(error)
    return {
        "name": name,
        "description": data_set.description,
        "kind": data_set.kind,
        "licence": data_set.licence,
        "pitfalls": data_set.pitfalls,
        "source": data_set.source,
        "exact": data_set.exact,
        "differences": data_set.differences,
        "reader": data_set.reader,
        "download_bytes": data_set.download_bytes,
        "prepared_bytes": data_set.prepared_bytes,
        "found_in": found[1] if found else None,
        "folder": str(found[0]) if found else None,
        "problem": problem,
    }


_HOW_TO_GET = {
    "download": "brainseek data get",
    "mirror": "mirror folder only",
    "package": "install the package",
    "weights": "restore weights/",
}


@data.command(name="list")
@json_option("every field")
def list_command(json_file: str | None) -> None:
    """Show every data set with its licence, size and where it is."""
    entries = [_describe(name) for name in load_manifest().data_sets]
    if write_json(entries, json_file, "data sets"):
        return
    table = Table(show_lines=True)
    for column in ("data set", "what", "licence", "MB", "here"):
        table.add_column(column, justify="right" if column == "MB" else "left", overflow="fold")
    for entry in entries:
        here = entry["found_in"] or entry["problem"] or f"no: {_HOW_TO_GET[entry['kind']]}"
        size = f"{entry['prepared_bytes'] / 1e6:.1f}"
        table.add_row(entry["name"], entry["description"], entry["licence"], size, here)
    Console().print(table)


@data.command()
@click.argument("name")
@click.option("--path", type=FOLDER, metavar="DIR", help="Folder that should hold the set.")
def where(name: str, path: Path | None) -> None:
    """Print the folder of the data set NAME."""
    click.echo(str(dataset_path(name, path)))


@data.command()
@click.argument("name")
@YES
@click.option("--force", is_flag=True, help="Fetch anew even if the set is here.")
@click.option("--keep-downloads", is_flag=True, help="Keep the public files after preparing them.")
@click.option("--quiet", is_flag=True, help="Show no progress bar.")
def get(name: str, yes: bool, force: bool, keep_downloads: bool, quiet: bool) -> None:
    """Download and prepare the data set NAME into the cache, if it is not here."""
    data_set = load_manifest()[name]
    found = None if force else find_dataset(name)
    if found is None and data_set.kind == "download" and not licence_accepted(name):
        click.echo(f"{name}: {data_set.description}", err=True)
        click.echo(f"Licence: {data_set.licence}", err=True)
        for source in data_set.sources.values():
            click.echo(f"  {source.repository} @ {source.commit[:7]}: {source.licence}", err=True)
        size = f"{data_set.download_bytes / 1e6:.1f} MB in {len(data_set.files)} files"
        if not yes and not agrees(f"Download {size} under this licence?"):
            raise BrainseekError(
                f"Nothing was downloaded: the licence of {name!r} was not agreed to; answer y, or "
                "use --yes."
            )
        yes = True
    folder = get_dataset(
        name,
        accept_licence=yes,
        force=force,
        keep_downloads=keep_downloads,
        progress=not quiet,
    )
    if found is not None:
        click.echo(f"{name} is already here ({found[1]}); --force fetches it anew.", err=True)
    click.echo(str(folder))


def _verify_one(name: str, path: Path | None) -> tuple[dict[str, int], list[tuple[str, str, str]]]:
    counts: dict[str, int] = {}
    faults = []
    for check in verify_dataset(name, path):
        counts[check.status] = counts.get(check.status, 0) + 1
        if check.is_fault:
            faults.append((check.status, check.path, check.detail))
    return counts, faults


@data.command()
@click.argument("names", nargs=-1)
@click.option("--path", type=FOLDER, metavar="DIR", help="Verify this folder (one NAME).")
def verify(names: tuple[str, ...], path: Path | None) -> None:
    """Check size and SHA-256 of the data sets NAMES, or of all that are here.

    Exit status 2 if a file is bad or missing.
    """
    if path is not None and len(names) != 1:
        raise BrainseekError("--path verifies one data set; name exactly one.")
    chosen = names or tuple(n for n in load_manifest().data_sets if _is_here(n))
    table = Table()
    for column in ("data set", "ok", "rebuilt", "bad", "missing", "not rebuilt"):
        table.add_column(column, justify="left" if column == "data set" else "right")
    faulty = []
    for name in chosen:
        counts, faults = _verify_one(name, path)
        row = [counts.get(s, 0) for s in ("ok", "rebuilt", "bad", "missing", "not rebuilt")]
        table.add_row(name, *(str(count) for count in row))
        faulty += [(name, *fault) for fault in faults]
    Console().print(table)
    for name, status, file, detail in faulty:
        click.echo(f"{status.upper()} {name}/{file}: {detail}", err=True)
    if faulty:
        sets = sorted({fault[0] for fault in faulty})
        raise BrainseekError(
            f"{len(faulty)} file(s) of {', '.join(sets)} are bad or missing; run "
            f"`brainseek data get {sets[0]} --force`, or repair the mirror."
        )


def _is_here(name: str) -> bool:
    """Tell whether the set is found at all; an incomplete mirror counts, so that it is reported."""
    try:
        return find_dataset(name) is not None
    except BrainseekError:
        return True
