"""``brainseek identify --series``: sections of one brain placed together, as table and JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.registration.plates.ranker import PlateRanker
from brainseek.registration.series.angles import series_angles
from brainseek.registration.series.identify import place_series
from brainseek.registration.series.placed_series import Member, PlacedSeries
from brainseek.ui.commands.options.series import SeriesSettings
from brainseek.ui.reading import Reading
from brainseek.ui.reports.answers import percent
from brainseek.ui.reports.output import write_json


def answer_series(
    files: Sequence[Path],
    reading: Reading,
    ranker: PlateRanker,
    series: SeriesSettings,
    json_file: str | None,
) -> list[tuple[str, str]]:
    """Place a series and show it.

    Parameters
    ----------
    files : sequence of Path
    reading : Reading
        How they are read.
    ranker : PlateRanker
        Of atlas and encoder.
    series : SeriesSettings
    json_file : str or None
        Where to write the JSON; ``-`` is the terminal.

    Returns
    -------
    list of (str, str)
        The files that could not be read, and why.

    Raises
    ------
    BrainseekError
        A lock can't be understood, or the series can't be placed.
    """
    answer = place_series(
        map(reading.section_or_why, files),
        [str(path) for path in files],
        ranker,
        order=series.ordered_by,
        locks=series.locked(files),
        spacing_um=series.spacing_um,
    )
    angles = None
    if series.tilt:
        angles = series_angles(
            lambda index: reading.section(files[index]), answer, load_atlas(ranker.choice.atlas)
        )
    content = {
        "atlas": ranker.choice.atlas,
        "encoder": ranker.choice.identity,
        "series": answer.to_dict(),
        **({} if angles is None else {"angles": asdict(angles)}),
    }
    if json_file != "-":
        Console().print(series_table(answer))
        click.echo(_summary(answer))
        for sentence in angles.sentences() if angles is not None else ():
            click.echo(sentence)
    write_json(content, json_file, "answers")
    note = ranker.choice.calibration_note
    if note is not None:
        click.echo(note, err=True)
    for warning in answer.warnings:
        click.echo(f"Warning: {warning}", err=True)
    return [(one.file, one.error) for one in answer.members if one.error is not None]


def series_table(answer: PlacedSeries) -> Table:
    """Return a table for people: one line for each section, from the front of the atlas."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("section", overflow="fold", min_width=14)
    for title in ("plate", "position\n(mm)", "confidence\n"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("remarks")
    for member in answer.in_order():
        table.add_row(
            str(member.place + 1),
            escape(member.file),
            f"[bold]{member.plate}[/]",
            f"{member.position_um / 1000:.2f}",
            "" if member.error is not None else percent(member.confidence),
            ", ".join(_remarks(member)),
        )
    return table


def _remarks(member: Member) -> list[str]:
    if member.error is not None:
        return ["not read"]
    said = {
        "locked": member.locked,
        "bad": member.bad,
        "out of place": member.moved,
        "flipped": member.flipped,
        "upside down": member.turned_deg == 180,
    }
    return [word for word, true in said.items() if true]


def _summary(answer: PlacedSeries) -> str:
    way = "from the back of the atlas to its front" if answer.reversed else "from front to back"
    gaps = f", {len(answer.gaps)} gap(s)" if answer.gaps else ""
    return (
        f"{len(answer.members)} sections, about {answer.spacing_um:.0f} µm apart{gaps}; "
        f"given {way}."
    )
