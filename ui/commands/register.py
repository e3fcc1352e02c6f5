"""``brainseek register``: from image files to regions, coordinates and files for other tools."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brainseek.catalog.core.errors import BrainseekError
from brainseek.ui.commands.options.sections import reading_options, series_options

if TYPE_CHECKING:
    from brainseek.registration.alignment.alignment import Alignment
    from brainseek.registration.alignment.hemisphere import Hemisphere
    from brainseek.registration.results.section_result import SectionResult
    from brainseek.registration.run.register import Registration


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--atlas",
    default="mouse-nissl",
    show_default=True,
    metavar="NAME",
    help="Atlas to align to: a name of 'brainseek atlas list', NAME@sagittal or @horizontal, "
    "brainglobe:NAME, or an atlas YAML.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the results; it is made if need be.",
)
@click.option("--plate", type=int, metavar="N", help="Plate of every section, if you know it.")
@click.option(
    "--plane",
    nargs=3,
    type=float,
    metavar="UM PITCH YAW",
    help="Plane of every section, if you know it: position along the cutting axis in µm and two "
    "tilts in degrees.",
)
@click.option(
    "--hemisphere",
    type=click.Choice(["both", "left", "right"]),
    default="both",
    show_default=True,
    help="The half that the sections show, left or right as in the pictures of the atlas.",
)
@click.option("--affine", is_flag=True, help="Affine only: faster, no local deformation.")
@series_options
@click.option(
    "--tilted",
    is_flag=True,
    help="With --series: find the two angles of the cut and align to cuts of the atlas' volume "
    "instead of plates.",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="Encoder that finds plates and compares sections with them; by default the atlas' own.",
)
@reading_options
@click.option("--json", "json_file", metavar="FILE", help="Write a summary; - is the terminal.")
def register(
    paths: tuple[str, ...],
    atlas: str,
    out: Path,
    plate: int | None,
    plane: tuple[float, float, float] | None,
    hemisphere: "Hemisphere",
    affine: bool,
    series: bool,
    locks: tuple[str, ...],
    order: str | None,
    spacing_um: float | None,
    tilted: bool,
    pixel_size_um: float | None,
    encoder: str | None,
    slice_index: int | None,
    axis: int | None,
    json_file: str | None,
) -> None:
    """Align sections to an atlas and write regions and coordinates.

    PATH is an image, a folder of images or a pattern such as 'slides/*.png'. For each section
    DIR gets an overlay picture, a label image, GeoJSON regions, a table of structures, a
    coordinate map and, for atlases in CCFv3 space, a QuickNII file; for all of them a table, a
    report and one QuickNII file. A file that can't be registered is reported, the others are
    still done, and the exit status is 2.
    """
    from brainseek.registration.run.register import register as register_files
    from brainseek.registration.run.settings import RegisterSettings
    from brainseek.ui.commands.options.inputs import expand

    if locks and not series:
        raise BrainseekError("--lock belongs to a series; add --series or give --plate.")
    if (order is not None or spacing_um is not None or tilted) and not series:
        raise BrainseekError("--order, --spacing and --tilted belong to a series; add --series.")
    files = expand(paths)
    settings = RegisterSettings(
        atlas=atlas,
        plate=plate,
        plane=plane,
        nonlinear=not affine,
        series=series,
        locks=dict(_lock(text) for text in locks),
        order=order or "name",
        spacing_um=spacing_um,
        tilted=tilted,
        pixel_size_um=pixel_size_um,
        encoder=encoder,
        slice_index=slice_index,
        axis=axis,
        hemisphere=hemisphere,
    )
    with click.progressbar(
        length=len(files), label="registering", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def step(_: "SectionResult", __: "Alignment | None") -> None:
            bar.update(1)

        done = register_files(files, out, settings, step)
    _show(done, atlas, out, json_file)
    failed = [one for one in done.sections if one.error is not None]
    for one in failed:
        click.echo(f"Error: {one.file}: {one.error}", err=True)
    if failed:
        sys.exit(2)


def _lock(text: str) -> tuple[str, int]:
    """Split ``FILE=PLATE``."""
    name, equals, plate = text.rpartition("=")
    if not equals or not name or not plate.strip().isdigit():
        raise BrainseekError(
            f"the lock {text!r} is not FILE=PLATE; write for example --lock 's 07.png=41'."
        )
    return name, int(plate)


def _show(done: "Registration", atlas: str, out: Path, json_file: str | None) -> None:
    """Write the JSON file, and the table unless the JSON goes to the terminal."""
    from brainseek.catalog.core.whole_file import write_whole
    from brainseek.ui.reports.answers import to_json

    text = None
    if json_file is not None:
        content = {
            "atlas": atlas,
            "out": str(out),
            "notes": list(done.notes),
            "sections": [one.to_dict() for one in done.sections],
        }
        text = to_json(content)
    if text is not None and json_file == "-":
        click.echo(text, nl=False)
        return
    _print_table(done)
    for note in done.notes:
        click.echo(note, err=True)
    for one in done.sections:
        warning = one.registered and one.registered.quality.warning
        for remark in (*one.notes, *((warning,) if warning else ())):
            click.echo(f"{Path(one.file).name}: {remark}", err=True)
    click.echo(f"report: {out / 'report.html'}", err=True)
    if text is not None and json_file is not None:
        write_whole(Path(json_file), text.encode())


def _print_table(done: "Registration") -> None:
    """Print one line for each section that was registered."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from brainseek.ui.reports.plain_text import printable

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
