"""``brainseek transform-points``: points of a section into the atlas, and back."""

from pathlib import Path

import click

from brainseek.registration.exports.coordinates.coordinate_map import read_coordinate_map
from brainseek.registration.exports.coordinates.points_csv import carried, read_points
from brainseek.ui.reports.output import write_file


@click.command("transform-points")
@click.argument("map_file", type=click.Path(path_type=Path), metavar="SECTION.npz")
@click.argument("points_file", type=click.Path(path_type=Path), metavar="POINTS.csv")
@click.option(
    "--to",
    required=True,
    type=click.Choice(["atlas", "section"]),
    help="Where the points are to be carried.",
)
@click.option("--out", metavar="FILE", default="-", show_default=True, help="Table to write.")
def transform_points(map_file: Path, points_file: Path, to: str, out: str) -> None:
    """Carry points between a registered section and its atlas.

    SECTION.npz was written by `brainseek register`. To the atlas, POINTS.csv has the columns row
    and column (pixels of the image file, centres at whole numbers) or x and y (from the corner
    of the image, as QuPath and Fiji count). To the section, it has the atlas coordinates in µm,
    such as AP_um, DV_um and ML_um. All columns are kept and the new ones added.

    \b
    brainseek transform-points registered/section.npz cells.csv --to atlas --out cells-atlas.csv
    """  # noqa: D301
    content = carried(read_points(points_file), read_coordinate_map(map_file), to)
    if out == "-":
        click.echo(content.decode(), nl=False)
    else:
        write_file(Path(out), content, "points")
