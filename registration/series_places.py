"""What a series knows about each of its sections, for the alignment of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import BrainseekError
from registration.series_answer import Member, SeriesAnswer


@dataclass(frozen=True)
class SeriesPlace:
    """Where a section belongs.

    Attributes
    ----------
    plate : int
        Nearest plate.
    number : int
        Place in the restored order, from 1.
    confidence : float
        Probability that it lies within one plate of it.
    flipped : bool
        Mirrored left to right relative to most of the series.
    notes : tuple of str
        What the user should know about it.
    error : str or None
        Why there is nothing to align.
    """

    plate: int
    number: int
    confidence: float
    flipped: bool
    notes: tuple[str, ...]
    error: str | None


def places_in_series(
    paths: Sequence[Path],
    atlas: str,
    encoder: str | None,
    locks: Mapping[str, int],
    notes: list[str],
) -> dict[int, SeriesPlace]:
    """Find the plates of a series together.

    Parameters
    ----------
    paths : sequence of Path
        The sections.
    atlas, encoder : str
        As in `registration.identify.identify`.
    locks : mapping of str to int
        Known plates by file name.
    notes : list of str
        The warnings of the series are added to it.

    Returns
    -------
    dict of int to SeriesPlace
        By index in ``paths``.

    Raises
    ------
    BrainseekError
        When there are fewer than two sections, a lock names none of them or several, or the
        locks contradict each other.
    """
    if len(paths) < 2:
        raise BrainseekError(
            "a series has at least two sections, this one has one; leave --series out."
        )
    from registration.series import identify_series

    given = _locks(paths, locks)
    answer: SeriesAnswer = identify_series(paths, atlas, encoder=encoder, locks=given)
    notes.append(f"Sections lie {answer.spacing_um:.0f} µm apart (median).")
    if answer.reversed:
        notes.append("The files run from the back of the atlas to its front.")
    notes.extend(answer.warnings)
    return {index: _place(member) for index, member in enumerate(answer.members)}


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


def _place(member: Member) -> SeriesPlace:
    said = []
    if member.flipped:
        said.append("It is mirrored relative to most of the series and was aligned mirrored.")
    if member.moved:
        said.append("It stood in another place of the input than of the brain.")
    error = member.error
    if error is None and member.bad:
        error = (
            f"{Path(member.file).name} is too damaged to be aligned; the series puts it near "
            f"plate {member.plate}: give that with --plate to align it anyway."
        )
    return SeriesPlace(
        plate=member.plate,
        number=member.place + 1,
        confidence=member.confidence,
        flipped=member.flipped,
        notes=tuple(said),
        error=error,
    )
