"""One section of a run: read, identified where need be, and aligned."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.registry import full_shape
from brainseek.catalog.sections.section import Section, read_section
from brainseek.registration.alignment.hemisphere import Hemisphere
from brainseek.registration.alignment.section_flip import flip_section, upright_axes
from brainseek.registration.exports.coordinates.full_resolution import estimated_pixel_size_um
from brainseek.registration.results.result import SectionResult
from brainseek.registration.run.settings import RegisterSettings
from brainseek.registration.series.places import UPSIDE_DOWN, SeriesPlace

if TYPE_CHECKING:
    from brainseek.embedder.plate_encoder import PlateEncoder
    from brainseek.registration.alignment.alignment import Alignment, Target
    from brainseek.registration.plates.identification import Identification

REJECTED = 0.5
"""From this probability on, a section that resembles no plate is not aligned unasked."""
_CANDIDATES = 5


def section_in(path: Path, settings: RegisterSettings) -> Section:
    """Read the section in a file as the settings say."""
    return read_section(
        path,
        pixel_size_um=settings.pixel_size_um,
        slice_index=settings.slice_index,
        axis=settings.axis,
    )


def one_section(
    blank: SectionResult,
    path: Path,
    settings: RegisterSettings,
    atlas: Atlas,
    encoder: "PlateEncoder | None",
    place: SeriesPlace | None,
) -> SectionResult:
    """Read, identify and align one file.

    Parameters
    ----------
    blank : SectionResult
        What is known of the section already.
    path : Path
    settings : RegisterSettings
    atlas : Atlas
        The atlas of ``settings``.
    encoder : Encoder or None
        Whose features are compared; None for the one that `registration.alignment.align` takes
        then.
    place : SeriesPlace or None
        Where the section belongs, if it is one of a series.

    Returns
    -------
    SectionResult
        With an alignment, but no files yet.

    Raises
    ------
    BrainseekError
        When the file can't be read, resembles no plate or can't be aligned.
    """
    section = section_in(path, settings)
    found = None
    if place is None and settings.identifies:
        found = _identified(section, path, settings)
        blank = replace(blank, notes=(*blank.notes, *_doubts(found, atlas)))
    plate = found.candidates[0].plate if found else place.plate if place else settings.plate
    plane = place.plane if place else settings.plane
    lies = found or place
    target = _target(atlas, plate, plane, settings.hemisphere)
    axes = upright_axes(lies.turned_deg if lies else 0, place is not None and place.flipped)
    upright = flip_section(section, axes)
    upside_down = None if lies is None else False
    alignment = _align(upright, target, settings, encoder, upside_down).flipped(axes)
    result = replace(
        blank,
        full_shape=full_shape(path, settings.slice_index, settings.axis),
        plate_from="series" if place is not None else "given" if found is None else "alone",
        identification=found,
        confidence=found.candidates[0].confidence if found else place.confidence if place else None,
        tilt_deg=None if plane is None else plane[1:],
        hemisphere=settings.hemisphere,
        features=_identity(encoder, alignment),
        alignment=alignment,
    )
    return _with_pixel_size(result, section, alignment)


def _with_pixel_size(
    result: SectionResult, section: Section, alignment: "Alignment"
) -> SectionResult:
    """Add the pixel size of the file, stated or guessed."""
    full = result.full_shape
    assert full is not None
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
    section: Section,
    target: "Target",
    settings: RegisterSettings,
    encoder: "PlateEncoder | None",
    upside_down: bool | None,
) -> "Alignment":
    """Align a section that is not mirrored; ``upside_down`` is None where nobody knows."""
    from brainseek.registration.alignment.align import align

    try:
        return align(
            section,
            target,
            nonlinear=settings.nonlinear,
            encoder=encoder,
            upside_down=upside_down,
        )
    except BrainseekError:
        raise
    except Exception as error:  # the registration library raises whatever it likes
        reason = " ".join(str(error).split())[-150:] or type(error).__name__
        raise BrainseekError(
            f"the section could not be aligned ({reason}); try --affine or another plate."
        ) from error


def _identity(encoder: "PlateEncoder | None", alignment: "Alignment") -> str:
    """Return the identity of the encoder whose features were compared."""
    from brainseek.registration.alignment.align import features_of

    return (encoder or features_of(alignment.target.atlas)).identity


def _doubts(found: "Identification", atlas: Atlas) -> list[str]:
    """Say what is doubtful or unusual about a section that was identified."""
    said = []
    if found.none_of_these >= REJECTED:
        said.append(
            f"It may show no plate of {atlas.name}: none of these "
            f"{100 * found.none_of_these:.0f} %, which was calibrated on another atlas."
        )
    if found.turned_deg:
        said.append(UPSIDE_DOWN)
    return said


def _identified(section: Section, path: Path, settings: RegisterSettings) -> "Identification":
    """Name the plate of a section, or say that there is none where that is calibrated."""
    from brainseek.registration.plates.identify import identify

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
    from brainseek.registration.alignment.target import target_from_plane, target_from_plate

    if plane is not None:
        position_um, pitch_deg, yaw_deg = plane
        return target_from_plane(atlas, (position_um, (pitch_deg, yaw_deg)), hemisphere=half)
    assert plate is not None
    return target_from_plate(atlas, plate, hemisphere=half)
