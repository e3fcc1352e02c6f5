"""``brainseek locate-patch``: the place of a lone patch in the atlas."""

from dataclasses import dataclass
from pathlib import Path

import click

from brainseek.index.queries import ByImage
from brainseek.registration.patches import locate
from brainseek.registration.patches.patch_place import PatchPlace
from brainseek.ui.commands.options.settings import with_settings
from brainseek.ui.commands.options.shared import (
    BRIGHT_FIELD,
    atlas_option,
    encoder_option,
    json_option,
    k_option,
    modality_option,
    picture_option,
    pixel_size_option,
    weights_option,
)
from brainseek.ui.reports.answers import percent
from brainseek.ui.reports.output import write_file, write_json
from brainseek.ui.reports.patch_place_picture import patch_place_picture


@dataclass(frozen=True)
class PatchSearch:
    """By which encoder, in which atlas and from how many neighbours."""

    encoder: str | None
    atlas: str
    k: int
    weights: Path | None


@click.command(name="locate-patch")
@click.argument("patch")
@modality_option(required=True)
@pixel_size_option("the patch")
@BRIGHT_FIELD
@with_settings(
    "settings",
    PatchSearch,
    encoder_option("the first that knows the stain and the template"),
    atlas_option("mouse-ccf"),
    k_option(20, "Neighbours"),
    weights_option("two-modality"),
)
@json_option("the answer")
@picture_option("the patch, its best matches and the place on three cuts of the template")
def locate_patch(
    patch: str,
    modality: str,
    pixel_size_um: float | None,
    bright_field: bool,
    settings: PatchSearch,
    json_file: str | None,
    picture: Path | None,
) -> None:
    """Name the place in the atlas of the image PATCH, from patches of the template that fit it.

    Of a larger image the middle is taken. The template is embedded at the first call, which takes
    a while, and kept in the cache.

    \b
    brainseek locate-patch patch.png --modality nissl --pixel-size 25 --bright-field
    brainseek locate-patch patch.tif --modality nissl --json - --picture place.png
    """  # noqa: D301
    asked = ByImage(
        patch, modality=modality, pixel_size_um=pixel_size_um, bright_field=bright_field
    )
    section = asked.gray()
    answer = locate.locate_patch(
        section, modality, encoder=settings.encoder, k=settings.k, atlas=settings.atlas,
        folder=settings.weights,
    )  # fmt: skip
    if picture is not None:
        write_file(picture, patch_place_picture(section.image, answer), "picture")
    content = {"patch": patch, "pixel_um": section.pixel_size_um, **answer.to_dict()}
    if write_json(content, json_file, "answer"):
        return
    for line in place_lines(answer):
        click.echo(line)
    for remark in answer.remarks:
        click.echo(remark, err=True)


def place_lines(answer: PatchPlace) -> list[str]:
    """Return the answer as lines for people, in mm."""
    names = ("AP", "DV", "ML")
    place = ", ".join(
        f"{name} {point / 1000:.2f} ± {sd / 1000:.2f}"
        for name, point, sd in zip(names, answer.point_um, answer.sd_um, strict=True)
    )
    error = "likely error (median)" if answer.calibrated else "spread of the neighbours"
    return [
        f"place: {place} mm in {answer.atlas}",
        f"structure: {answer.structure or '-'}",
        f"{error}: {answer.likely_um / 1000:.2f} mm",
        f"neighbours there: {percent(answer.agreement)} of {len(answer.scores)} by weight, "
        f"across the midline {percent(answer.mirror_doubt)}",
        f"encoder: {answer.encoder}",
    ]
