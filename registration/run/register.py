"""From image files to aligned sections and the files about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.alignment.alignment import Alignment
from brainseek.registration.results.section_result import SectionResult
from brainseek.registration.run.one_section import (
    align_section,
    place_of_section,
    registered_section,
)
from brainseek.registration.run.preparation import Run, prepare_run
from brainseek.registration.run.section_files import output_stems, write_section
from brainseek.registration.run.series_files import write_series
from brainseek.registration.run.series_places import SeriesPlace, places_in_series
from brainseek.registration.run.settings import RegisterSettings

Progress = Callable[[SectionResult, Alignment | None], None]
"""Called after each file, with the alignment where there is one."""


@dataclass(frozen=True)
class Registration:
    """What a run came to.

    Attributes
    ----------
    sections : tuple of SectionResult
        One for each input, in order.
    notes : tuple of str
        What concerns the whole run.
    files : tuple of Path
        The files about all sections.
    """

    sections: tuple[SectionResult, ...]
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def register(
    files: Sequence[Path | str],
    out: Path | str,
    settings: RegisterSettings | None = None,
    progress: Progress | None = None,
) -> Registration:
    """Register image files to an atlas and write everything about them into a folder.

    A file that can't be registered has an error in its result; the others are still done. Files
    are read one at a time: once, or those of a series once to find their places and once to
    align them, so that a series of any length fits into memory.

    Parameters
    ----------
    files : sequence of path
        The images.
    out : path
        Folder for the results; it is made, and may not hold any of the images.
    settings : RegisterSettings, optional
        How; by default to the plates of the mouse.
    progress : callable, optional
        Called with every `SectionResult` as soon as its files are written, and with its
        `Alignment`, or None where there is an error.

    Returns
    -------
    Registration

    Raises
    ------
    BrainseekError
        Before any work: no file, an unwritable folder, an unknown atlas, plate or encoder, or
        settings that contradict each other.
    """
    paths = [Path(file).expanduser() for file in files]
    run = prepare_run(paths, Path(out).expanduser(), settings or RegisterSettings())
    notes = list(run.notes())
    known: Sequence[SeriesPlace | None] = [None] * len(paths)
    if run.settings.series:
        known, more = places_in_series(paths, run)
        notes += more
    results = []
    for index, (path, stem) in enumerate(zip(paths, output_stems(paths), strict=True)):
        place = known[index]
        number = index + 1 if place is None else place.number
        alignment = None
        try:
            result, alignment = _one_file(path, stem, number, place, run)
        except BrainseekError as error:
            result = SectionResult(str(path), number, error=str(error))
        results.append(result)
        if progress is not None:
            progress(result, alignment)
    encoder = run.encoder.identity if run.settings.identifies else None
    written = write_series(results, run.atlas, encoder, notes, run.folder)
    return Registration(tuple(results), tuple(notes), written)


def _one_file(
    path: Path, stem: str, number: int, known: SeriesPlace | None, run: Run
) -> tuple[SectionResult, Alignment]:
    """Read, place and align one file, and write its files."""
    if known is not None and known.error is not None:
        raise BrainseekError(known.error)
    section = run.read(path)
    if known is not None:
        place, notes = known.place, list(known.notes)
    else:
        place, notes = place_of_section(section, path, run)
    alignment = align_section(section, place, run)
    found = registered_section(alignment, place, run, path.name, number)
    if found.pixel_size_um is None:
        notes.append(
            "The file does not state its pixel size, about "
            f"{found.estimated_pixel_size_um:.3g} µm by the size of the tissue; "
            "areas on the slide stay empty until you give it with --pixel-size."
        )
    files = write_section(alignment, path.name, stem, found.slice, run)
    if not alignment.labels().any():
        notes.append("No region of the atlas lies on this section.")
    return SectionResult(str(path), number, found, tuple(notes), files), alignment
