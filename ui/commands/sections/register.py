"""``brainseek register``: from image files to regions, coordinates and files for other tools."""

import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from brainseek.catalog.sections.image_files import image_files
from brainseek.registration.run.register import Registration
from brainseek.registration.run.register import register as register_files
from brainseek.registration.run.settings import RegisterSettings
from brainseek.ui.commands.options.series import SeriesSettings, series_options
from brainseek.ui.commands.options.settings import with_settings
from brainseek.ui.commands.options.shared import (
    atlas_option,
    encoder_option,
    json_option,
    reading_options,
)
from brainseek.ui.reading import Reading
from brainseek.ui.reports.messages import printable, said_once
from brainseek.ui.reports.output import write_json


def _settings(affine: bool, **options: object) -> RegisterSettings:
    """Return what the options say but for the reading of files and the series."""
    return RegisterSettings(nonlinear=not affine, **options)  # type: ignore[arg-type]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the results; it is made if need be.",
)
@with_settings(
    "settings",
    _settings,
    atlas_option("mouse-nissl"),
    click.option("--plate", type=int, metavar="N", help="Plate of every section, if you know it."),
    click.option(
        "--plane",
        nargs=3,
        type=float,
        metavar="UM PITCH YAW",
        help="Plane of every section, if you know it: position along the cutting axis in µm and "
        "two tilts in degrees.",
    ),
    click.option(
        "--hemisphere",
        type=click.Choice(["both", "left", "right"]),
        default="both",
        show_default=True,
        help="The half that the sections show, left or right as in the pictures of the atlas.",
    ),
    click.option("--affine", is_flag=True, help="Affine only: faster, no local deformation."),
    encoder_option("the atlas' own"),
)
@series_options()
@reading_options()
@json_option("a summary")
def register(
    paths: tuple[str, ...],
    out: Path,
    settings: RegisterSettings,
    series: SeriesSettings,
    reading: Reading,
    json_file: str | None,
) -> None:
    """Align sections to an atlas and write regions and coordinates.

    PATH is an image, a folder of images or a pattern such as 'slides/*.png'. For each section
    DIR gets an overlay picture, a label image, GeoJSON regions, a table of structures, a
    coordinate map and, for atlases in CCFv3 space, a QuickNII file; for all of them a table, a
    report and one QuickNII file. With --series --tilt the sections are aligned to cuts of the
    atlas' volume at the angles of the cut instead of to plates. A file that can't be registered
    is reported, the others are still done, and the exit status is 2.

    \b
    brainseek demo --out demo
    brainseek register demo/sections --atlas mni152 --out registered
    """  # noqa: D301
    files = image_files(paths, recursive=False)
    settings = replace(
        settings,
        series=series.together,
        locks={str(files[index]): plate for index, plate in series.locked(files).items()},
        order=series.ordered_by,
        spacing_um=series.spacing_um,
        tilted=series.tilt,
        **vars(reading),
    )
    with click.progressbar(
        length=len(files), label="registering", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        done = register_files(files, out, settings, lambda *_: bar.update(1))
    _show(done, settings.atlas, out, json_file)
    failed = [(one.file, one.error) for one in done.sections if one.error is not None]
    for line in said_once(failed):
        click.echo(f"Error: {line}", err=True)
    if failed:
        sys.exit(2)


def _show(done: Registration, atlas: str, out: Path, json_file: str | None) -> None:
    """Write the JSON file, and the table unless the JSON goes to the terminal."""
    if json_file != "-":
        _print_table(done)
        for note in done.notes:
            click.echo(note, err=True)
        remarks = [
            (one.file, remark)
            for one in done.sections
            for remark in (*one.notes, one.registered and one.registered.quality.warning)
            if remark
        ]
        for line in said_once(remarks):
            click.echo(line, err=True)
        click.echo(f"report: {out / 'report.html'}", err=True)
    content = {
        "atlas": atlas,
        "out": str(out),
        "notes": list(done.notes),
        "sections": [one.to_dict() for one in done.sections],
    }
    write_json(content, json_file, "summary")


def _print_table(done: Registration) -> None:
    """Print one line for each section that was registered."""
    good = [(one.file, one.registered) for one in done.sections if one.registered is not None]
    if not good:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("section", overflow="fold", min_width=14)
    for title in ("plate", "similarity", "overlap", "folding", "seconds"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for file, found in good:
        table.add_row(
            escape(printable(file)),
            "" if found.plate is None else str(found.plate),
            f"{found.quality.similarity:.3f}",
            f"{found.quality.tissue_overlap:.3f}",
            f"{100 * found.quality.folding:.2f} %",
            f"{found.seconds:.1f}",
            "" if found.quality.trusted else "look at it",
        )
    Console().print(table)
