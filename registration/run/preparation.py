"""What all sections of a run have in common, checked and loaded once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import writable_folder
from brainseek.catalog.sections.section import Section, read_section
from brainseek.embedder.plate_encoder import PlateEncoder
from brainseek.registration.alignment.align import comparing_encoder
from brainseek.registration.alignment.hemisphere import check_hemisphere
from brainseek.registration.exports.quicknii import in_ccf
from brainseek.registration.plates.encoder_choice import choose_encoder
from brainseek.registration.plates.ranker import PlateRanker, plate_ranker
from brainseek.registration.run.settings import RegisterSettings


@dataclass(frozen=True)
class Run:
    """A run that can be done.

    Attributes
    ----------
    settings : RegisterSettings
    atlas : Atlas
    folder : Path
        For the results; it exists.
    ranker : PlateRanker or None
        What finds plates; None where places are given.
    encoder : PlateEncoder
        Whose features are compared: that of the ranker where there is one.
    """

    settings: RegisterSettings
    atlas: Atlas
    folder: Path
    ranker: PlateRanker | None
    encoder: PlateEncoder

    def read(self, path: Path) -> Section:
        """Read the section in a file as the settings say."""
        return read_section(
            path,
            pixel_size_um=self.settings.pixel_size_um,
            slice_index=self.settings.slice_index,
            axis=self.settings.axis,
        )

    def notes(self) -> Iterator[str]:
        """Say what holds for every section, one sentence each."""
        atlas, settings = self.atlas, self.settings
        yield from atlas_notes(atlas, settings)
        if self.ranker is not None and self.ranker.choice.calibration_note is not None:
            yield self.ranker.choice.calibration_note


def prepare_run(paths: Sequence[Path], out: Path, settings: RegisterSettings) -> Run:
    """Check a question, make the folder of its results and load what every section needs.

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
    settings.check()
    if settings.series and len(paths) < 2:
        raise BrainseekError(
            "a series has at least two sections, this one has one; leave --series out."
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
        choose_encoder(settings.atlas, settings.encoder)
    folder = writable_folder(out)
    ranker = plate_ranker(settings.atlas, settings.encoder) if settings.identifies else None
    encoder = ranker.encoder if ranker else comparing_encoder(settings.atlas, settings.encoder)
    return Run(settings, atlas, folder, ranker, encoder)


def atlas_notes(atlas: Atlas, settings: RegisterSettings) -> Iterator[str]:
    """Say what an atlas lacks or has that concerns every section of a run."""
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
