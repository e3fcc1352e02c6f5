"""``brainseek identify``: from image files to atlas plates."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.image_files import image_files
from brainseek.catalog.sections.section import Section
from brainseek.registration.plates.identification import Identification
from brainseek.registration.plates.ranker import plate_ranker
from brainseek.ui.commands.options.series import SeriesSettings, series_options
from brainseek.ui.commands.options.settings import with_settings
from brainseek.ui.commands.options.shared import (
    atlas_option,
    encoder_option,
    json_option,
    k_option,
    picture_option,
    reading_options,
)
from brainseek.ui.commands.sections.identify_series import answer_series
from brainseek.ui.reading import Reading
from brainseek.ui.reports.answers import answer_table, document
from brainseek.ui.reports.contact_sheet import SheetRow, contact_sheet, sheet_picture
from brainseek.ui.reports.messages import said_once
from brainseek.ui.reports.output import write_file, write_json
from brainseek.ui.reports.plate_pictures import PlatePictures

BATCH = 64
"""Sections that are held in memory at a time."""


@dataclass(frozen=True)
class PlateSearch:
    """Among which plates a section is searched for, by which encoder; ``k`` are named."""

    atlas: str
    k: int
    encoder: str | None


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@with_settings(
    "plates",
    PlateSearch,
    atlas_option("mouse-nissl"),
    k_option(5, "Candidates"),
    encoder_option("the atlas' own"),
)
@json_option("the answers")
@picture_option("each section beside its candidates")
@reading_options()
@series_options()
def identify(
    paths: tuple[str, ...],
    plates: PlateSearch,
    json_file: str | None,
    picture: Path | None,
    reading: Reading,
    series: SeriesSettings,
) -> None:
    """Name the atlas plates that sections most likely come from.

    PATH is an image, a folder of images or a pattern such as 'slides/*.png'. A file that can't
    be read is reported, the others are still done, and the exit status is 2.

    \b
    brainseek demo --out demo
    brainseek identify demo/sections --atlas mni152 -k 3 --picture sheet.png
    brainseek identify demo/sections --atlas mni152 --json answers.json
    """  # noqa: D301
    files = image_files(paths, recursive=False)
    if series.together:
        if picture is not None:
            raise BrainseekError("--picture can't be drawn with --series: leave one out.")
        ranker = plate_ranker(plates.atlas, plates.encoder)
        unread = answer_series(files, reading, ranker, series, json_file)
    else:
        identity, answers, rows = _answer_all(files, plates, reading, picture is not None)
        _show(answers, plates.atlas, identity, json_file)
        if picture is not None:
            pictures = PlatePictures(plates.atlas)
            write_file(picture, contact_sheet(rows, pictures, identity), "contact sheet")
            if pictures.missing is not None:
                click.echo(f"plate pictures are not shown: {pictures.missing}", err=True)
        unread = [(one.file, one.error) for one in answers if one.error is not None]
    for line in said_once(unread):
        click.echo(f"Error: {line}", err=True)
    if unread:
        sys.exit(2)


def _answer_all(
    files: list[Path], plates: PlateSearch, reading: Reading, with_pictures: bool
) -> tuple[str, list[Identification], list[SheetRow]]:
    """Read and identify all files, a batch at a time.

    Returns
    -------
    encoder : str
        Identity of the encoder, ``name@hash``.
    answers : list of Identification
        One for each file, in order.
    rows : list of SheetRow
        The same for the contact sheet; empty unless ``with_pictures``.
    """
    ranker = plate_ranker(plates.atlas, plates.encoder)
    answers: list[Identification] = []
    rows: list[SheetRow] = []
    with click.progressbar(
        length=len(files), label="identifying", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            read = [reading.section_or_why(path) for path in batch]
            sections = [r for r in read if not isinstance(r, str)]
            remaining = iter(ranker.rank(sections, plates.k))
            for path, result in zip(batch, read, strict=True):
                if isinstance(result, str):
                    answer = Identification(str(path), 0.0, (), error=result)
                else:
                    answer = replace(next(remaining), file=str(path))
                answers.append(answer)
                if with_pictures:
                    rows.append(_sheet_row(answer, result))
            bar.update(len(batch))
    return ranker.choice.identity, answers, rows


def _sheet_row(answer: Identification, result: Section | str) -> SheetRow:
    if isinstance(result, str):
        return SheetRow(answer, None)
    return SheetRow(answer, sheet_picture(result, turned_deg=answer.turned_deg))


def _show(answers: list[Identification], atlas: str, encoder: str, json_file: str | None) -> None:
    """Write the JSON file, and the table unless the JSON goes to the terminal."""
    if json_file != "-":
        if any(answer.error is None for answer in answers):
            Console().print(answer_table(answers))
        for note in dict.fromkeys(answer.note for answer in answers if answer.note is not None):
            click.echo(note, err=True)
    write_json(document(atlas, encoder, answers), json_file, "answers")
