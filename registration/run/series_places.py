"""What a series knows about each of its sections, for the alignment of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.registration.results.section_result import CutPlane, SectionPlace
from brainseek.registration.run.one_section import UPSIDE_DOWN
from brainseek.registration.run.preparation import Run
from brainseek.registration.series.angles import series_angles
from brainseek.registration.series.identify import place_series
from brainseek.registration.series.placed_series import Member, PlacedSeries


@dataclass(frozen=True)
class SeriesPlace:
    """Where a section of a series belongs.

    Attributes
    ----------
    place : SectionPlace
    number : int
        Place in the restored order, from 1.
    notes : tuple of str
        What the user should know about it.
    error : str or None
        Why there is nothing to align.
    """

    place: SectionPlace
    number: int
    notes: tuple[str, ...]
    error: str | None


def places_in_series(paths: Sequence[Path], run: Run) -> tuple[list[SeriesPlace], list[str]]:
    """Find the places of a series together.

    Every file is read once here, one at a time; with ``tilted`` up to 12 are read once more.

    Returns
    -------
    places : list of SeriesPlace
        One for each of ``paths``.
    notes : list of str
        What concerns the whole series.

    Raises
    ------
    BrainseekError
        When there are fewer than two sections, a lock names none of them or several, the locks
        contradict each other, or the angles can't be found.
    """
    settings, ranker = run.settings, run.ranker
    assert ranker is not None
    answer = place_series(
        _sections(paths, run),
        [str(path) for path in paths],
        ranker,
        order=settings.order,
        locks=_locks(paths, settings.locks),
        spacing_um=settings.spacing_um,
    )
    notes = [f"Sections lie {answer.spacing_um:.0f} µm apart (median)."]
    if answer.reversed:
        notes.append("The files run from the back of the atlas to its front.")
    notes.extend(answer.warnings)
    planes: list[CutPlane | None] = [None] * len(paths)
    if settings.tilted:
        angles = series_angles(lambda index: run.read(paths[index]), answer, run.atlas)
        notes.extend(angles.sentences())
        planes = [angles.plane(member.position_um) for member in answer.members]
    return _places(answer, planes), notes


def _sections(paths: Sequence[Path], run: Run) -> Iterator[Section | str]:
    """Read the files one after the other; a sentence in the place of one that can't be read."""
    for path in paths:
        try:
            yield run.read(path)
        except BrainseekError as error:
            yield str(error)


def _locks(paths: Sequence[Path], locks: Mapping[str, int]) -> dict[int, int]:
    """Turn locks by file name, or path as given, into locks by index."""
    found = {}
    for name, plate in locks.items():
        fitting = [i for i, path in enumerate(paths) if name in (path.name, str(path))]
        if len(fitting) != 1:
            raise BrainseekError(
                f"the lock on {name!r} fits {len(fitting)} of the files; name exactly one of them."
            )
        found[fitting[0]] = plate
    return found


def _places(answer: PlacedSeries, planes: Sequence[CutPlane | None]) -> list[SeriesPlace]:
    return [
        SeriesPlace(
            SectionPlace(
                "series",
                member.plate,
                plane,
                confidence=member.confidence,
                turned_deg=member.turned_deg,
                mirrored=member.flipped,
            ),
            number=member.place + 1,
            notes=tuple(_remarks(member)),
            error=_error(member),
        )
        for member, plane in zip(answer.members, planes, strict=True)
    ]


def _remarks(member: Member) -> Iterator[str]:
    if member.flipped:
        yield "It is mirrored relative to most of the series and was aligned mirrored."
    if member.turned_deg == 180:
        yield UPSIDE_DOWN
    if member.moved:
        yield "It stood in another place of the input than of the brain."


def _error(member: Member) -> str | None:
    if member.error is not None or not member.bad:
        return member.error
    return (
        f"{Path(member.file).name} is too damaged to be aligned; the series puts it near "
        f"plate {member.plate}: give that with --plate to align it anyway."
    )
