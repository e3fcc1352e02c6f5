"""One section of a run: its place, its alignment, and what is kept of it."""

import math
from pathlib import Path

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.registration.alignment.align import align
from brainseek.registration.alignment.alignment import Alignment, Target
from brainseek.registration.alignment.section_flip import flip_section, upright_axes
from brainseek.registration.alignment.target import target_from_plane, target_from_plate
from brainseek.registration.exports.coordinates.full_resolution import estimated_pixel_size_um
from brainseek.registration.exports.overlay import painted_jpeg
from brainseek.registration.exports.quicknii import in_ccf, quicknii_slice
from brainseek.registration.results.section_result import RegisteredSection, SectionPlace
from brainseek.registration.run.preparation import Run

REJECTED = 0.5
"""From this probability on, a section that resembles no plate is not aligned unasked."""
UPSIDE_DOWN = "It lies upside down and was aligned turned by 180 degrees."
_CANDIDATES = 5
_PICTURE_SIDE = 640


def place_of_section(section: Section, path: Path, run: Run) -> tuple[SectionPlace, list[str]]:
    """Find the place of a section that is looked at alone, or take the one that was given.

    Returns
    -------
    place : SectionPlace
    notes : list of str
        What is doubtful or unusual about it.

    Raises
    ------
    BrainseekError
        When it resembles no plate, where that is calibrated.
    """
    settings = run.settings
    if run.ranker is None:
        return SectionPlace("given", settings.plate, settings.plane), []
    (found,) = run.ranker.rank([section], min(_CANDIDATES, len(run.ranker.plates)))
    notes = []
    if found.none_of_these >= REJECTED:
        if found.calibrated:
            raise BrainseekError(
                f"{path.name} resembles no plate of {settings.atlas} (none of these: "
                f"{100 * found.none_of_these:.0f} %); if you know its plate, give it with --plate."
            )
        notes.append(
            f"It may show no plate of {run.atlas.name}: none of these "
            f"{100 * found.none_of_these:.0f} %, which was calibrated on another atlas."
        )
    if found.turned_deg:
        notes.append(UPSIDE_DOWN)
    best = found.candidates[0]
    place = SectionPlace(
        "alone", best.plate, None, best.confidence, found.none_of_these, found.turned_deg
    )
    return place, notes


def align_section(section: Section, place: SectionPlace, run: Run) -> Alignment:
    """Align a section at its place: set upright for it, and described as it lies.

    Raises
    ------
    BrainseekError
        When it can't be aligned.
    """
    axes = upright_axes(place.turned_deg or 0, place.mirrored)
    target = _target(place, run)
    try:
        found = align(
            flip_section(section, axes),
            target,
            nonlinear=run.settings.nonlinear,
            encoder=run.encoder,
            upside_down=None if place.turned_deg is None else False,
        )
    except BrainseekError:
        raise
    except Exception as error:  # the registration library raises whatever it likes
        reason = " ".join(str(error).split())[-150:] or type(error).__name__
        raise BrainseekError(
            f"the section could not be aligned ({reason}); try --affine or another plate."
        ) from error
    return found.flipped(axes)


def registered_section(
    alignment: Alignment, place: SectionPlace, run: Run, filename: str, number: int
) -> RegisteredSection:
    """Return what is kept of an aligned section.

    Parameters
    ----------
    alignment : Alignment
        Of a section that was read from a file.
    place : SectionPlace
    run : Run
    filename : str
        Name of the file, without folders.
    number : int
        Place in the series, from 1.
    """
    section, full = alignment.section, alignment.section.file_shape
    assert full is not None
    stated = estimated = None
    if section.pixel_size_um is None:
        estimated = estimated_pixel_size_um(alignment, full)
    else:
        rows, columns = section.image.shape[:2]
        stated = section.pixel_size_um * math.sqrt(rows * columns / (full[0] * full[1]))
    return RegisteredSection(
        place=place,
        plate=alignment.target.plate,
        hemisphere=run.settings.hemisphere,
        centre_um=alignment.plane.point(0.5, 0.5),
        method=alignment.method,
        labels=_labels(alignment.target, run),
        features=run.encoder.identity,
        quality=alignment.quality,
        seconds=alignment.seconds,
        pixel_size_um=stated,
        estimated_pixel_size_um=estimated,
        versions=tuple(sorted(alignment.versions.items())),
        slice=quicknii_slice(alignment, filename, number, full) if in_ccf(run.atlas) else None,
        picture=painted_jpeg(section, alignment.labels(), run.atlas.structures, _PICTURE_SIDE),
    )


def _target(place: SectionPlace, run: Run) -> Target:
    """Return what the section is to be aligned to."""
    half = run.settings.hemisphere
    if place.plane is not None:
        position_um, pitch_deg, yaw_deg = place.plane
        return target_from_plane(run.atlas, (position_um, (pitch_deg, yaw_deg)), hemisphere=half)
    assert place.plate is not None
    return target_from_plate(run.atlas, place.plate, hemisphere=half)


def _labels(target: Target, run: Run) -> str | None:
    """Say where the labels of a section come from."""
    atlas: Atlas = run.atlas
    if not target.labels.any():
        return None
    if target.plate is None:
        return f"cut from the annotation volume of {atlas.name}"
    source = f"the annotation '{atlas.checked_source(None)}' of the plates"
    if run.settings.hemisphere == "right" or atlas.midline(target.plate) is None:
        return source
    return f"{source}, drawn on one half and mirrored to the other"
