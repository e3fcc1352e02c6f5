"""What holds for every section of a run, one sentence each."""

from collections.abc import Iterator

from brainseek.catalog.atlases.registry import Atlas
from brainseek.registration.exports.quicknii import in_ccf
from brainseek.registration.run.settings import RegisterSettings


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
