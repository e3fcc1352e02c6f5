"""What a series knows about each of its sections, for the alignment of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.registration.series.angles import series_angles
from brainseek.registration.series.answer import Member, SeriesAnswer

UPSIDE_DOWN = "It lies upside down and was aligned turned by 180 degrees."


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
    turned_deg : int
        180 where it lies upside down, else 0.
    plane : (position_um, pitch_deg, yaw_deg) or None
        Where to cut the atlas' volume for it; None where the plate is to be used.
    notes : tuple of str
        What the user should know about it.
    error : str or None
        Why there is nothing to align.
    """

    plate: int
    number: int
    confidence: float
    flipped: bool
    turned_deg: int
    plane: tuple[float, float, float] | None
    notes: tuple[str, ...]
    error: str | None


def places_in_series(
    paths: Sequence[Path],
    read: Sequence[Section | str],
    atlas: Atlas,
    *,
    name: str,
    encoder: str | None,
    locks: Mapping[str, int],
    order: str,
    spacing_um: float | None,
    tilted: bool,
    notes: list[str],
) -> dict[int, SeriesPlace]:
    """Find the plates of a series together.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    read : sequence of Section or str
        For each file its section, or the sentence that says why there is none.
    atlas : Atlas
    name, encoder : str
        Name of the atlas and encoder as in `brainseek.registration.plates.identify.identify`.
    locks : mapping of str to int
        Known plates by file name.
    order, spacing_um
        As in `brainseek.registration.series.fit.fit_series.fit_series`.
    tilted : bool
        Find the angles at which the brain was cut, and give every section a plane.
    notes : list of str
        The warnings of the series are added to it.

    Returns
    -------
    dict of int to SeriesPlace
        By index in ``paths``.

    Raises
    ------
    BrainseekError
        When there are fewer than two sections, a lock names none of them or several, the locks
        contradict each other, or the angles can't be found.
    """
    if len(paths) < 2:
        raise BrainseekError(
            "a series has at least two sections, this one has one; leave --series out."
        )
    from brainseek.registration.series.identify import place_series

    answer: SeriesAnswer = place_series(
        read,
        [str(path) for path in paths],
        name,
        encoder=encoder,
        order=order,
        locks=_locks(paths, locks),
        spacing_um=spacing_um,
    )
    notes.append(f"Sections lie {answer.spacing_um:.0f} µm apart (median).")
    if answer.reversed:
        notes.append("The files run from the back of the atlas to its front.")
    notes.extend(answer.warnings)
    places = {index: _place(member) for index, member in enumerate(answer.members)}
    if not tilted:
        return places
    angles = series_angles(read, answer, atlas)
    notes.extend(angles.sentences())
    return {
        index: replace(places[index], plane=angles.plane(member.position_um))
        for index, member in enumerate(answer.members)
    }


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
    if member.turned_deg == 180:
        said.append(UPSIDE_DOWN)
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
        turned_deg=member.turned_deg,
        plane=None,
        notes=tuple(said),
        error=error,
    )
