"""``brainseek identify``: from image files to atlas plates."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brainseek.catalog.core.errors import BrainseekError
from brainseek.ui.commands.options.sections import reading_options, series_options

if TYPE_CHECKING:
    from brainseek.catalog.sections.section import Section
    from brainseek.registration.plates.identification import Identification
    from brainseek.ui.reports.contact_sheet import SheetRow

BATCH = 64
"""Sections that are held in memory at a time."""


@dataclass(frozen=True)
class _Question:
    """What the options ask for."""

    atlas: str
    k: int
    encoder: str | None
    pixel_size_um: float | None
    slice_index: int | None
    axis: int | None


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--atlas",
    default="mouse-nissl",
    show_default=True,
    metavar="NAME",
    help="Atlas to search: a name of 'brainseek atlas list', NAME@sagittal or @horizontal, "
    "brainglobe:NAME, or an atlas YAML.",
)
@click.option(
    "-k",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="N",
    help="Candidates per section.",
)
@click.option("--json", "json_file", metavar="FILE", help="Write the answers; - is the terminal.")
@click.option(
    "--contact-sheet",
    "sheet_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Draw each section beside its candidates.",
)
@click.option(
    "--encoder", metavar="NAME", help="Encoder that finds plates; by default the atlas' own."
)
@reading_options
@series_options
@click.option(
    "--angles",
    is_flag=True,
    help="With --series: find the two angles of the cut too, on atlases with a volume.",
)
def identify(
    paths: tuple[str, ...],
    atlas: str,
    k: int,
    json_file: str | None,
    sheet_file: Path | None,
    encoder: str | None,
    pixel_size_um: float | None,
    slice_index: int | None,
    axis: int | None,
    series: bool,
    locks: tuple[str, ...],
    order: str | None,
    spacing_um: float | None,
    angles: bool,
) -> None:
    """Name the atlas plates that sections most likely come from.

    PATH is an image, a folder of images or a pattern such as 'slides/*.png'. A file that can't
    be read is reported, the others are still done, and the exit status is 2.
    """
    from brainseek.ui.commands.options.inputs import expand

    files = expand(paths)
    question = _Question(atlas, k, encoder, pixel_size_um, slice_index, axis)
    if series:
        if sheet_file is not None:
            raise BrainseekError("--contact-sheet can't be drawn with --series: leave one out.")
        from brainseek.ui.commands.options.series import SeriesQuestion, answer_series

        wanted = SeriesQuestion(atlas, encoder, locks, order or "name", spacing_um, angles)
        answer_series(files, lambda path: _read(path, question), wanted, json_file)
        return
    if locks or order is not None or spacing_um is not None or angles:
        raise BrainseekError("--lock, --order, --spacing and --angles belong to --series: add it.")
    identity, answers, rows = _answer_all(files, question, with_pictures=sheet_file is not None)
    _show(answers, atlas, identity, json_file)
    if sheet_file is not None:
        from brainseek.catalog.core.whole_file import write_whole
        from brainseek.ui.reports.contact_sheet import contact_sheet
        from brainseek.ui.reports.plate_pictures import PlatePictures

        pictures = PlatePictures(atlas)
        write_whole(sheet_file, contact_sheet(rows, pictures, identity))
        click.echo(f"contact sheet: {sheet_file}", err=True)
        if pictures.missing is not None:
            click.echo(f"plate pictures are not shown: {pictures.missing}", err=True)
    unread = [answer for answer in answers if answer.error is not None]
    for answer in unread:
        click.echo(f"Error: {answer.file}: {answer.error}", err=True)
    if unread:
        sys.exit(2)


def _answer_all(
    files: list[Path], question: _Question, with_pictures: bool
) -> tuple[str, list["Identification"], list["SheetRow"]]:
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
    from brainseek.registration.plates.identification import Identification
    from brainseek.registration.plates.ranker import plate_ranker

    ranker = plate_ranker(question.atlas, question.encoder)
    answers: list[Identification] = []
    rows: list[SheetRow] = []
    with click.progressbar(
        length=len(files), label="identifying", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            read = [_read(path, question) for path in batch]
            sections = [r for r in read if not isinstance(r, str)]
            remaining = iter(ranker.rank(sections, question.k))
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


def _sheet_row(answer: "Identification", result: "Section | str") -> "SheetRow":
    from brainseek.ui.reports.contact_sheet import SheetRow, sheet_picture

    return SheetRow(
        answer,
        None if isinstance(result, str) else sheet_picture(result, turned_deg=answer.turned_deg),
    )


def _read(path: Path, question: _Question) -> "Section | str":
    """Return the section in a file, or the sentence that says why there is none."""
    from brainseek.catalog.sections.section import read_section

    try:
        return read_section(
            path,
            pixel_size_um=question.pixel_size_um,
            slice_index=question.slice_index,
            axis=question.axis,
        )
    except BrainseekError as error:
        return str(error)


def _show(
    answers: Sequence["Identification"], atlas: str, encoder: str, json_file: str | None
) -> None:
    """Write the JSON file, and the table unless the JSON goes to the terminal."""
    from brainseek.catalog.core.whole_file import write_whole
    from brainseek.ui.reports.answers import answer_table, document, to_json

    text = None if json_file is None else to_json(document(atlas, encoder, answers))
    if text is not None and json_file == "-":
        click.echo(text, nl=False)
        return
    from rich.console import Console

    if any(answer.error is None for answer in answers):
        Console().print(answer_table(answers))
    for note in dict.fromkeys(answer.note for answer in answers if answer.note is not None):
        click.echo(note, err=True)
    if text is not None and json_file is not None:
        write_whole(Path(json_file), text.encode())
        click.echo(f"answers: {json_file}", err=True)
