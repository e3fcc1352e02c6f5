"""From image files to aligned sections and the files about them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.atlas import Atlas, load_atlas
from catalog.errors import BrainseekError
from catalog.section import Section, read_section
from catalog.whole_file import writable_folder
from registration.exports.full_size import full_shape
from registration.exports.names import output_stems
from registration.exports.pixel_size import estimated_pixel_size_um
from registration.exports.quicknii import in_ccf
from registration.exports.section_files import write_section
from registration.exports.series_files import write_series
from registration.hemisphere import Hemisphere, check_hemisphere
from registration.mirrored import mirror_image, mirrored
from registration.result import SectionResult
from registration.series_places import UPSIDE_DOWN, SeriesPlace, places_in_series
from registration.summary import SectionSummary, summary
from registration.turned import turn_image, turned

if TYPE_CHECKING:
    from registration.alignment import Alignment, Target
    from registration.identify import Identification

REJECTED = 0.5
"""From this probability on, a section that resembles no plate is not aligned unasked."""
_CANDIDATES = 5


@dataclass(frozen=True)
class Settings:
    """How sections are registered.

    Attributes
    ----------
    atlas : str
        Name of the atlas.
    plate : int or None
        Plate of every section; by default each is identified.
    plane : (position_um, pitch_deg, yaw_deg) or None
        Plane of every section, for atlases with a volume; see `catalog.volume.Volume.cut`.
    nonlinear : bool
        Follow the affine alignment by a B-spline.
    series : bool
        The files are sections of one brain: their plates are found together.
    locks : mapping of str to int
        Plates of a series that are known, by file name.
    order : {"name", "unknown"}
        Whether the order of a series' files means something.
    spacing_um : float or None
        Distance from section to section of a series, where it is known.
    tilted : bool
        Align the sections of a series to cuts of the atlas' volume at the two angles at which
        the brain was cut, found from the series, instead of to plates.
    pixel_size_um : float or None
        Side of a pixel of the files in µm, where they do not say it.
    encoder : str or None
        Encoder that names the plates; by default the atlas' own.
    slice_index, axis : int or None
        Which plane of a stack or volume, as in `catalog.read_section`.
    hemisphere : {"both", "left", "right"}
        The half that the sections show, left or right as the atlas shows it; see
        `registration.hemisphere.one_hemisphere`.
    """

    atlas: str = "mouse-nissl"
    plate: int | None = None
    plane: tuple[float, float, float] | None = None
    nonlinear: bool = True
    series: bool = False
    locks: Mapping[str, int] = field(default_factory=dict)
    order: str = "name"
    spacing_um: float | None = None
    tilted: bool = False
    pixel_size_um: float | None = None
    encoder: str | None = None
    slice_index: int | None = None
    axis: int | None = None
    hemisphere: Hemisphere = "both"


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
    settings: Settings | None = None,
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
    settings : Settings, optional
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
    settings = settings or Settings()
    paths = [Path(file).expanduser() for file in files]
    atlas = checked(paths, Path(out).expanduser(), settings)
    folder = writable_folder(Path(out).expanduser())
    notes = list(_notes(atlas, settings))
    summaries = []
    for result in register_each(paths, folder, settings, atlas, notes):
        summaries.append(summary(result, atlas))
        if progress is not None:
            progress(result)
    encoder = None
    if settings.plate is None and settings.plane is None:
        from registration.identify import encoder_identity

        encoder = encoder_identity(settings.atlas, settings.encoder)
    written = write_series(summaries, atlas, encoder, notes, folder)
    return Registration(tuple(summaries), tuple(notes), written)


def checked(paths: Sequence[Path], out: Path, settings: Settings) -> Atlas:
    """Return the atlas if the question can be answered at all; see `register`."""
    if not paths:
        raise BrainseekError("there is nothing to register; name at least one image.")
    inputs = {path.resolve().parent for path in paths}
    if out.resolve() in inputs:
        raise BrainseekError(
            f"the output folder {out} holds the images themselves; choose another one, so that "
            "results are not taken for sections."
        )
    if settings.plate is not None and settings.plane is not None:
        raise BrainseekError("both a plate and a plane were given; choose one of them.")
    given = settings.plate is not None or settings.plane is not None
    if settings.series and given:
        raise BrainseekError(
            "the sections of a series can't all have one plate or plane; leave series out, or "
            "the plate and plane."
        )
    if settings.tilted and not settings.series:
        raise BrainseekError(
            "the angles at which a brain was cut are found from a series; add series, or give one "
            "plane."
        )
    atlas = load_atlas(settings.atlas)
    check_hemisphere(atlas, settings.hemisphere)
    if settings.plate is not None:
        atlas.plate(settings.plate)
    if (settings.plane is not None or settings.tilted) and atlas.volume is None:
        raise BrainseekError(
            f"{settings.atlas} has no volume to be cut at a plane; give a plate instead."
        )
    if not given:
        from registration.identify import encoder_identity

        encoder_identity(settings.atlas, settings.encoder)
    return atlas


def _notes(atlas: Atlas, settings: Settings) -> Iterator[str]:
    """Say what holds for every section of a run."""
    if not in_ccf(atlas):
        yield f"There is no QuickNII file: {atlas.name} does not lie in CCFv3 space."
    yield from atlas.remarks
    if settings.plane is not None:
        yield from atlas.plane_remarks
    if settings.plane is not None and atlas.annotation_volume is None:
        yield f"{atlas.name} has no annotation volume: sections at a plane get no regions."
    elif settings.plane is None and not atlas.annotation_sources:
        yield f"{atlas.name} has no annotation: sections get no regions."
    elif atlas.name == "mouse-nissl" and settings.plane is None and settings.hemisphere != "right":
        yield "The labels were drawn on the right half; on the left half they are mirrored."
    if settings.plane is None and settings.plate is None:
        from registration.identify import calibration_note

        note = calibration_note(settings.atlas, settings.encoder)
        if note is not None:
            yield note


def register_each(
    paths: Sequence[Path],
    folder: Path,
    settings: Settings,
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
    settings : Settings
        How.
    atlas : Atlas
        The atlas of ``settings``.
    notes : list of str
        Sentences about the whole run are added to it.
    """
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
            aligned = _aligned(blank, path, settings, atlas, place)
            yield write_section(aligned, atlas, folder)
        except BrainseekError as error:
            yield replace(blank, error=str(error))


def _placed(
    paths: Sequence[Path], atlas: Atlas, settings: Settings, notes: list[str]
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


def _read(path: Path, settings: Settings) -> Section | str:
    """Return the section in a file, or the sentence that says why there is none."""
    try:
        return _section(path, settings)
    except BrainseekError as error:
        return str(error)


def _section(path: Path, settings: Settings) -> Section:
    return read_section(
        path,
        pixel_size_um=settings.pixel_size_um,
        slice_index=settings.slice_index,
        axis=settings.axis,
    )


def _aligned(
    blank: SectionResult, path: Path, settings: Settings, atlas: Atlas, place: SeriesPlace | None
) -> SectionResult:
    """Read, identify and align one file."""
    section = _section(path, settings)
    full = full_shape(path, settings.slice_index, settings.axis)
    found = None
    plate = settings.plate if place is None else place.plate
    if plate is None and settings.plane is None:
        found = _identified(section, path, settings)
        plate = found.candidates[0].plate
        if found.none_of_these >= REJECTED:
            doubt = (
                f"It may show no plate of {atlas.name}: none of these "
                f"{100 * found.none_of_these:.0f} %, which was calibrated on another atlas."
            )
            blank = replace(blank, notes=(*blank.notes, doubt))
        if found.turned_deg:
            blank = replace(blank, notes=(*blank.notes, UPSIDE_DOWN))
    lies = found or place
    target = _target(atlas, plate, place.plane if place else settings.plane, settings.hemisphere)
    alignment = _align(
        section,
        target,
        settings.nonlinear,
        flipped=place is not None and place.flipped,
        upside_down=lies is not None and lies.turned_deg == 180,
    )
    result = replace(
        blank,
        full_shape=full,
        plate_from="series" if place is not None else "given" if found is None else "alone",
        identification=found,
        confidence=found.candidates[0].confidence if found else place.confidence if place else None,
        alignment=alignment,
    )
    if section.pixel_size_um is not None:
        rows, columns = section.image.shape[:2]
        shrunk = math.sqrt(rows * columns / (full[0] * full[1]))
        return replace(result, pixel_size_um=section.pixel_size_um * shrunk)
    guess = estimated_pixel_size_um(alignment, full)
    said = (
        f"The file does not state its pixel size, about {guess:.3g} µm by the size of the tissue; "
        "areas on the slide stay empty until you give it with --pixel-size."
    )
    return replace(result, estimated_pixel_size_um=guess, notes=(*result.notes, said))


def _align(
    section: Section, target: "Target", nonlinear: bool, *, flipped: bool, upside_down: bool
) -> "Alignment":
    """Align a section; turned where it lies upside down, its mirror image where mirrored."""
    from registration.align import align

    if upside_down:
        upright = turn_image(section)
        return turned(_align(upright, target, nonlinear, flipped=flipped, upside_down=False))
    try:
        if flipped:
            return mirrored(align(mirror_image(section), target, nonlinear=nonlinear))
        return align(section, target, nonlinear=nonlinear)
    except BrainseekError:
        raise
    except Exception as error:  # the registration library raises whatever it likes
        reason = " ".join(str(error).split())[-150:] or type(error).__name__
        raise BrainseekError(
            f"the section could not be aligned ({reason}); try --affine or another plate."
        ) from error


def _identified(section: Section, path: Path, settings: Settings) -> "Identification":
    """Name the plate of a section, or say that there is none where that is calibrated."""
    from registration.identify import identify

    (found,) = identify([section], settings.atlas, _CANDIDATES, settings.encoder)
    if found.none_of_these >= REJECTED and found.calibrated:
        raise BrainseekError(
            f"{path.name} resembles no plate of {settings.atlas} (none of these: "
            f"{100 * found.none_of_these:.0f} %); if you know its plate, give it with --plate."
        )
    return found


def _target(
    atlas: Atlas,
    plate: int | None,
    plane: tuple[float, float, float] | None,
    half: Hemisphere,
) -> "Target":
    """Return what the section is to be aligned to."""
    from registration.target import target_from_plane, target_from_plate

    if plane is not None:
        position_um, pitch_deg, yaw_deg = plane
        return target_from_plane(atlas, (position_um, (pitch_deg, yaw_deg)), hemisphere=half)
    assert plate is not None
    return target_from_plate(atlas, plate, hemisphere=half)
