"""``brainseek identify --series``: locks as they are typed, the table and the JSON."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brainseek.catalog.core.errors import BrainseekError

if TYPE_CHECKING:
    from rich.table import Table

    from brainseek.catalog.sections.section import Section
    from brainseek.registration.series.answer import Member, SeriesAnswer


@dataclass(frozen=True)
class SeriesQuestion:
    """What the options of ``--series`` ask for.

    Attributes
    ----------
    atlas : str
    encoder : str or None
    locks : tuple of str
        As typed, ``FILE=PLATE``.
    order : str
        "name" or "unknown".
    spacing_um : float or None
    angles : bool
        Whether the angles of the cut are wanted.
    """

    atlas: str
    encoder: str | None
    locks: tuple[str, ...]
    order: str
    spacing_um: float | None
    angles: bool = False


def answer_series(
    files: Sequence[Path],
    read: Callable[[Path], "Section | str"],
    question: SeriesQuestion,
    json_file: str | None,
) -> None:
    """Place a series and show it; exits with status 2 if a file could not be read.

    Parameters
    ----------
    files : sequence of Path
    read : callable
        Gives the section in a file, or the sentence that says why there is none.
    question : SeriesQuestion
    json_file : str or None
        Where to write the JSON; ``-`` is the terminal.

    Raises
    ------
    BrainseekError
        A lock can't be understood, or the series can't be placed.
    """
    from rich.console import Console

    from brainseek.catalog.core.whole_file import write_whole
    from brainseek.registration.plates.ranker import plate_ranker
    from brainseek.registration.series.identify import place_series
    from brainseek.ui.reports.answers import to_json

    locks = parsed_locks(question.locks, files)
    ranker = plate_ranker(question.atlas, question.encoder)
    answer = place_series(
        map(read, files),
        [str(path) for path in files],
        ranker,
        order=question.order,
        locks=locks,
        spacing_um=question.spacing_um,
    )
    content = {
        "atlas": question.atlas,
        "encoder": ranker.choice.identity,
        "series": answer.to_dict(),
    }
    angles = None
    if question.angles:
        from brainseek.catalog.atlases.registry import load_atlas
        from brainseek.registration.series.angles import series_angles

        angles = series_angles(
            lambda index: _section(read(files[index])), answer, load_atlas(question.atlas)
        )
        content["angles"] = asdict(angles)
    if json_file == "-":
        click.echo(to_json(content), nl=False)
    else:
        Console().print(series_table(answer))
        click.echo(_summary(answer))
        for sentence in angles.sentences() if angles is not None else ():
            click.echo(sentence)
        if json_file is not None:
            write_whole(Path(json_file), to_json(content).encode())
            click.echo(f"answers: {json_file}", err=True)
    note = ranker.choice.calibration_note
    if note is not None:
        click.echo(note, err=True)
    for warning in answer.warnings:
        click.echo(f"Warning: {warning}", err=True)
    unread = [member for member in answer.members if member.error is not None]
    for member in unread:
        click.echo(f"Error: {member.file}: {member.error}", err=True)
    if unread:
        sys.exit(2)


def _section(read: "Section | str") -> "Section":
    if isinstance(read, str):
        raise BrainseekError(read)
    return read


def parsed_locks(typed: Sequence[str], files: Sequence[Path]) -> dict[int, int]:
    """Turn ``FILE=PLATE`` into plate numbers by index of the file.

    A file may be named by its path or, where that is unique, by its name.

    Raises
    ------
    BrainseekError
        There is no ``=``, the plate is no number, or the file is not one or several of the series.
    """
    locks: dict[int, int] = {}
    for text in typed:
        name, equals, plate = text.rpartition("=")
        if not equals or not name:
            raise BrainseekError(f"--lock '{text}' is not understood: write FILE=PLATE.")
        try:
            number = int(plate)
        except ValueError:
            raise BrainseekError(
                f"--lock '{text}' has no plate number after '=': write FILE=PLATE."
            ) from None
        found = [i for i, path in enumerate(files) if str(path) == name or path == Path(name)]
        found = found or [i for i, path in enumerate(files) if path.name == name]
        if len(found) != 1:
            how = "is not in the series" if not found else "is there several times"
            raise BrainseekError(f"--lock '{text}': {name} {how}; give the path of one file of it.")
        if locks.get(found[0], number) != number:
            raise BrainseekError(
                f"{name} is locked to plate {locks[found[0]]} and to plate {number}: keep one."
            )
        locks[found[0]] = number
    return locks


def series_table(answer: "SeriesAnswer") -> "Table":
    """Return a table for people: one line for each section, from the front of the atlas."""
    from rich.markup import escape
    from rich.table import Table

    from brainseek.ui.reports.answers import percent

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


def _remarks(member: "Member") -> list[str]:
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


def _summary(answer: "SeriesAnswer") -> str:
    way = "from the back of the atlas to its front" if answer.reversed else "from front to back"
    gaps = f", {len(answer.gaps)} gap(s)" if answer.gaps else ""
    return (
        f"{len(answer.members)} sections, about {answer.spacing_um:.0f} µm apart{gaps}; "
        f"given {way}."
    )
