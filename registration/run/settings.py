"""What can be asked of a registration, whether it can be answered, and what is said of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.alignment.hemisphere import Hemisphere, check_hemisphere
from brainseek.registration.exports.quicknii import in_ccf


@dataclass(frozen=True)
class RegisterSettings:
    """How sections are registered.

    Attributes
    ----------
    atlas : str
        Name of the atlas.
    plate : int or None
        Plate of every section; by default each is identified.
    plane : (position_um, pitch_deg, yaw_deg) or None
        Plane of every section, for atlases with a volume; see `catalog.volumes.volume.Volume.cut`.
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
        Encoder that names the plates and whose features are compared; by default the atlas' own.
    slice_index, axis : int or None
        Which plane of a stack or volume, as in `catalog.read_section`.
    hemisphere : {"both", "left", "right"}
        The half that the sections show, left or right as the atlas shows it; see
        `brainseek.registration.alignment.hemisphere.one_hemisphere`.
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

    @property
    def at_planes(self) -> bool:
        """Whether sections are aligned to cuts of the atlas' volume, not to its plates."""
        return self.plane is not None or self.tilted

    @property
    def identifies(self) -> bool:
        """Whether places are found, not given."""
        return self.plate is None and self.plane is None


def checked(paths: Sequence[Path], out: Path, settings: RegisterSettings) -> Atlas:
    """Return the atlas of a run, if its question can be answered at all.

    Parameters
    ----------
    paths : sequence of Path
        The images.
    out : Path
        Folder for the results.
    settings : RegisterSettings

    Raises
    ------
    BrainseekError
        As `brainseek.registration.run.register.register` does before any work.
    """
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
    if settings.series and not settings.identifies:
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
    if settings.at_planes and atlas.volume is None:
        raise BrainseekError(
            f"{settings.atlas} has no volume to be cut at a plane; give a plate instead."
        )
    if settings.identifies or settings.encoder is not None:
        from brainseek.registration.plates.identify import encoder_identity

        encoder_identity(settings.atlas, settings.encoder)
    return atlas


def run_notes(atlas: Atlas, settings: RegisterSettings) -> Iterator[str]:
    """Say what holds for every section of a run.

    Parameters
    ----------
    atlas : Atlas
        The atlas of ``settings``.
    settings : RegisterSettings
    """
    if not in_ccf(atlas):
        yield f"There is no QuickNII file: {atlas.name} does not lie in CCFv3 space."
    yield from atlas.remarks
    if settings.at_planes:
        yield from atlas.plane_remarks
        if atlas.annotation_volume is None:
            yield f"{atlas.name} has no annotation volume: sections at a plane get no regions."
    elif not atlas.annotation_sources:
        yield f"{atlas.name} has no annotation: sections get no regions."
    elif atlas.name == "mouse-nissl" and settings.hemisphere != "right":
        yield "The labels were drawn on the right half; on the left half they are mirrored."
    if settings.identifies:
        from brainseek.registration.plates.ranker import calibration_note

        note = calibration_note(settings.atlas, settings.encoder)
        if note is not None:
            yield note
