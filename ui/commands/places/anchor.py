"""``brainseek anchor``: the place of a lone patch in the atlas."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from brainseek.ui.commands.options.patches import answer_options, stain_options, weights_option

if TYPE_CHECKING:
    from brainseek.registration.patches.patch_place import PatchPlace


@click.command()
@click.argument("patch")
@stain_options("PATCH")
@click.option(
    "--encoder",
    metavar="NAME",
    help="Two-modality encoder.  [default: the first that knows the stain and the template]",
)
@click.option("--atlas", default="mouse-ccf", show_default=True, metavar="NAME")
@click.option(
    "-k", type=click.IntRange(min=1), default=20, show_default=True, help="Neighbours to ask."
)
@answer_options("Draw the patch, its best matches and the place on three cuts of the template.")
@weights_option("two-modality encoders")
def anchor(
    patch: str,
    modality: str,
    pixel_um: float | None,
    bright_field: bool,
    encoder: str | None,
    atlas: str,
    k: int,
    json_file: str | None,
    picture: Path | None,
    weights: Path | None,
) -> None:
    """Name the place in the atlas of the image PATCH, from patches of the template that fit it.

    Of a larger image the middle is taken. The template is embedded at the first call, which takes
    a while, and kept in the cache.

    \b
    brainseek anchor patch.png --modality nissl --pixel-um 25 --bright-field
    brainseek anchor patch.tif --modality nissl --json - --picture place.png
    """  # noqa: D301
    from brainseek.catalog.core.whole_file import write_whole
    from brainseek.index.queries import ByImage
    from brainseek.registration.patches.locate import locate_patch
    from brainseek.ui.reports.answers import to_json

    section = ByImage(
        patch, modality=modality, pixel_size_um=pixel_um, bright_field=bright_field
    ).gray()
    answer = locate_patch(section, modality, encoder=encoder, k=k, atlas=atlas, folder=weights)
    if picture is not None:
        from brainseek.ui.reports.anchor_picture import anchor_picture

        write_whole(picture, anchor_picture(section.image, answer))
        click.echo(f"picture: {picture}", err=True)
    if json_file is not None:
        text = to_json({"patch": patch, "pixel_um": section.pixel_size_um, **answer.to_dict()})
        if json_file == "-":
            click.echo(text, nl=False)
            return
        write_whole(Path(json_file), text.encode())
        click.echo(f"answer: {json_file}", err=True)
    for line in anchor_lines(answer):
        click.echo(line)
    for remark in answer.remarks:
        click.echo(remark, err=True)


def anchor_lines(answer: "PatchPlace") -> list[str]:
    """Return the answer as lines for people, in mm."""
    from brainseek.ui.reports.answers import percent

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
