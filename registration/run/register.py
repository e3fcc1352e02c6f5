"""From image files to aligned sections and the files about them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import writable_folder
from brainseek.catalog.sections.section import Section
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.registration.results.result import SectionResult
from brainseek.registration.results.summary import SectionSummary, summary
from brainseek.registration.run.one_section import one_section, section_in
from brainseek.registration.run.section_files import output_stems, write_section
from brainseek.registration.run.series_files import write_series
from brainseek.registration.run.settings import RegisterSettings, checked, run_notes
from brainseek.registration.series.places import SeriesPlace, places_in_series


@dataclass(frozen=True)
class Registration:
    """What a run came to.

    Attributes
    ----------
    sections : tuple of SectionSummary
        One for each input, in order.
    notes : tuple of str
        What concerns the whole run.
    files : tuple of Path
        The files about all sections.
    """

    sections: tuple[SectionSummary, ...]
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def register(
    files: Sequence[Path | str],
    out: Path | str,
    settings: RegisterSettings | None = None,
    progress: Callable[[SectionResult], None] | None = None,
) -> Registration:
    """Register image files to an atlas and write everything about them into a folder.

    A file that can't be registered has an error in its summary; the others are still done.

    Parameters
    ----------
    files : sequence of path
        The images.
    out : path
        Folder for the results; it is made, and may not hold any of the images.
    settings : RegisterSettings, optional
        How; by default to the plates of the mouse.
    progress : callable, optional
        Called with every `SectionResult`, which holds its `Alignment`, as soon as it is written.

    Returns
    -------
    Registration

    Raises
    ------
    BrainseekError
        Before any work: no file, an unwritable folder, an unknown atlas, plate or encoder, or
        settings that contradict each other.
    """
    settings = settings or RegisterSettings()
    paths = [Path(file).expanduser() for file in files]
    atlas = checked(paths, Path(out).expanduser(), settings)
    folder = writable_folder(Path(out).expanduser())
    notes = list(run_notes(atlas, settings))
    summaries = []
    for result in register_each(paths, folder, settings, atlas, notes):
        summaries.append(summary(result, atlas))
        if progress is not None:
            progress(result)
    encoder = None
    if settings.identifies:
        from brainseek.registration.plates.identify import encoder_identity

        encoder = encoder_identity(settings.atlas, settings.encoder)
    written = write_series(summaries, atlas, encoder, notes, folder)
    return Registration(tuple(summaries), tuple(notes), written)


def register_each(
    paths: Sequence[Path],
    folder: Path,
    settings: RegisterSettings,
    atlas: Atlas,
    notes: list[str],
) -> Iterator[SectionResult]:
    """Register files one after the other, so that only one is in memory.

    Parameters
    ----------
    paths : sequence of Path
        The images.
    folder : Path
        An existing folder for the results.
    settings : RegisterSettings
        How.
    atlas : Atlas
        The atlas of ``settings``.
    notes : list of str
        Sentences about the whole run are added to it.
    """
    encoder = _features(settings)
    known: dict[int, SeriesPlace] = {}
    if settings.series:
        known = _placed(paths, atlas, settings, notes)
    for index, (path, stem) in enumerate(zip(paths, output_stems(paths), strict=True)):
        blank = SectionResult(str(path), stem, index + 1)
        place = known.get(index)
        try:
            if place is not None:
                blank = replace(blank, number=place.number, notes=place.notes)
                if place.error is not None:
                    raise BrainseekError(place.error)
            aligned = one_section(blank, path, settings, atlas, encoder, place)
            yield write_section(aligned, atlas, folder)
        except BrainseekError as error:
            yield replace(blank, error=str(error))


def _placed(
    paths: Sequence[Path], atlas: Atlas, settings: RegisterSettings, notes: list[str]
) -> dict[int, SeriesPlace]:
    """Place the sections of a series; a file that can't be read has an error in its place."""
    return places_in_series(
        paths,
        [_read(path, settings) for path in paths],
        atlas,
        name=settings.atlas,
        encoder=settings.encoder,
        locks=settings.locks,
        order=settings.order,
        spacing_um=settings.spacing_um,
        tilted=settings.tilted,
        notes=notes,
    )


def _read(path: Path, settings: RegisterSettings) -> Section | str:
    """Return the section in a file, or the sentence that says why there is none."""
    try:
        return section_in(path, settings)
    except BrainseekError as error:
        return str(error)


def _features(settings: RegisterSettings) -> "PlateEncoder | None":
    """Return the encoder whose features are compared; None where the atlas has none."""
    from brainseek.embedder.registry import load_encoder
    from brainseek.registration.plates.ranker import known_encoder

    name = known_encoder(settings.atlas, settings.encoder)
    return None if name is None else load_encoder(name, kind=PlateEncoder)
