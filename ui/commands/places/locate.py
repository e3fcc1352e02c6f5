"""``brainseek locate``: from a patch, or a place in a volume, to places on the cortex."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from brainseek.catalog.core.errors import BrainseekError
from brainseek.ui.commands.options.patches import answer_options, weights_option

if TYPE_CHECKING:
    import numpy as np

    from brainseek.catalog.surfaces.surface import Surface
    from brainseek.registration.cortex.answer import CortexPlace

_FARTHEST_MM = 1000.0
_SAME_VOLUME = {"mni152": "t1-mni152"}


@dataclass(frozen=True)
class _Spot:
    """Where in a volume a patch is cut."""

    surface: str | None
    units: Literal["mm", "um"] | None
    hemisphere: Literal["left", "right"] | None
    at_mm: tuple[float, float, float] | None
    vertex: int | None


@dataclass(frozen=True)
class _Asked:
    """What the options ask for."""

    source: str
    encoder: str | None
    k: int
    labels: str | None
    weights: Path | None

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that `registration.cortex.locate` takes for patches and for vertices."""
        return {"k": self.k, "labels": self.labels, "folder": self.weights}


@click.command()
@click.argument("source", metavar="PATCH_OR_VOLUME")
@click.option(
    "--surface",
    metavar="SURFACE",
    help="Surface in the space of the volume: a name such as fsaverage5 or a mesh file. Known T1 "
    "volumes bring their own.",
)
@click.option("--units", type=click.Choice(["mm", "um"]), help="Unit of a mesh file.")
@click.option(
    "--hemisphere",
    type=click.Choice(["left", "right"]),
    help="Of a mesh file that does not say it.",
)
@click.option(
    "--at",
    "at_mm",
    type=float,
    nargs=3,
    metavar="X Y Z",
    help="Cut at the vertex nearest to this point: mm to the right, anterior, superior.",
)
@click.option("--vertex", type=int, metavar="N", help="Cut at this vertex of the surface.")
@click.option(
    "--pixel-um",
    type=float,
    metavar="UM",
    help="Pixel size of a patch in µm.  [default: what the file says, or the encoder's]",
)
@click.option(
    "--encoder", metavar="NAME", help="Place encoder.  [default: the first for so many planes]"
)
@click.option(
    "-k", type=click.IntRange(min=1), default=10, show_default=True, help="Neighbours to ask."
)
@click.option("--labels", metavar="NAME", help="Labels that name the areas, e.g. julich.")
@answer_options("Draw the patch above the places that were found.")
@weights_option("cortex encoders")
def locate(
    source: str,
    surface: str | None,
    units: Literal["mm", "um"] | None,
    hemisphere: Literal["left", "right"] | None,
    at_mm: tuple[float, float, float] | None,
    vertex: int | None,
    pixel_um: float | None,
    encoder: str | None,
    k: int,
    labels: str | None,
    json_file: str | None,
    picture: Path | None,
    weights: Path | None,
) -> None:
    """Name the places on the cortex that look most like a patch.

    PATCH_OR_VOLUME is a patch (an image, or a .npy file of one plane, three planes or a block;
    rows run from outside into the brain), or with --at or --vertex a T1 volume (a NIfTI file,
    mni152, t1-mni152, …) that a patch is cut from. Places are MNI152 millimetres. The template
    behind them is symmetric, so left and right are not told apart.

    \b
    brainseek locate mni152 --surface fsaverage5 --at -42 -22 54
    brainseek locate t1-mni152 --vertex 5000 --picture places.png
    brainseek locate T1.nii.gz --surface lh.pial.gii --units mm --hemisphere left --at -42 -22 54
    brainseek locate patch.npy --pixel-um 1000 --json places.json
    """  # noqa: D301
    asked = _Asked(source, encoder, k, labels, weights)
    spot = _Spot(surface, units, hemisphere, at_mm, vertex)
    if at_mm is None and vertex is None:
        answer, gray, query = _of_patch(asked, spot, pixel_um)
    else:
        answer, gray, query = _of_volume(asked, spot, pixel_um)
    _show(answer, query, json_file)
    if picture is not None:
        from brainseek.catalog.core.whole_file import write_whole
        from brainseek.ui.reports.place_picture import place_picture

        write_whole(picture, place_picture(gray, answer, weights))
        click.echo(f"picture: {picture}", err=True)


Answered = tuple["CortexPlace", "np.ndarray", dict[str, Any]]
"""The answer, the gray of the patch as the encoder sees it, and the query for the JSON file."""


def _of_patch(asked: _Asked, spot: _Spot, pixel_um: float | None) -> Answered:
    """Locate a patch in a file."""
    from brainseek.catalog.atlases.registry import atlas_names
    from brainseek.catalog.cortex.t1_volumes import cortex_volume_names

    if asked.source in (*cortex_volume_names(), *atlas_names()):
        raise BrainseekError(
            f"{asked.source} is a volume; say the place to cut it at with --at or --vertex."
        )
    for option, value in (
        ("surface", spot.surface),
        ("units", spot.units),
        ("hemisphere", spot.hemisphere),
    ):
        if value is not None:
            raise BrainseekError(
                f"--{option} {value} belongs to a volume; give --at or --vertex too, or leave it "
                "out."
            )
    from brainseek.embedder.cards.cortex import CortexCard
    from brainseek.embedder.registry import read_card
    from brainseek.registration.cortex.locate import locate_cortex
    from brainseek.registration.cortex.patch_input import read_patch

    planes, size = read_patch(asked.source, pixel_um)
    answer = locate_cortex(planes, pixel_um=size, encoder=asked.encoder, **asked.options)
    view = read_card(answer.encoder.partition("@")[0], asked.weights, kind=CortexCard).view
    return answer, view.prepared(planes, size), {"patch": asked.source, "pixel_um": size}


def _of_volume(asked: _Asked, spot: _Spot, pixel_um: float | None) -> Answered:
    """Cut a patch out of a volume and locate it."""
    if pixel_um is not None:
        raise BrainseekError(
            f"--pixel-um {pixel_um:g} belongs to a patch and a volume says its own voxel size; "
            "leave it out."
        )
    from brainseek.catalog.cortex.t1_volumes import open_volume
    from brainseek.embedder.cards.cortex import CortexCard
    from brainseek.embedder.defaults import encoder_of_cortex
    from brainseek.embedder.registry import read_card
    from brainseek.registration.cortex.gallery import cortex_gallery
    from brainseek.registration.cortex.locate import locate_cortex_vertices

    name = asked.encoder or encoder_of_cortex(folder=asked.weights)
    card = read_card(name, asked.weights, kind=CortexCard)
    volume, surface = open_volume(asked.source), _surface(asked.source, spot)
    vertex, away_um = _vertex(surface, spot)
    (answer,) = locate_cortex_vertices(volume, surface, [vertex], encoder=name, **asked.options)
    said = "" if spot.at_mm is None else f", {away_um / 1000:.1f} mm from the point"
    click.echo(f"cut at vertex {vertex} of {surface.name}{said}", err=True)
    known = cortex_gallery(name, asked.weights)
    own = (known.data, known.surface.name) == (
        _SAME_VOLUME.get(asked.source, asked.source),
        surface.name,
    )
    if own and vertex in known.vertices:
        click.echo("the gallery was cut from this volume too, so the place finds itself", err=True)
    gray = card.view.prepared(card.view.cut(card.view.patches(volume, surface), vertex))
    query = {
        "volume": asked.source,
        "surface": surface.name,
        "vertex": vertex,
        "point_um": [float(c) for c in surface.vertices_um[vertex]],
    }
    return answer, gray, query


def _surface(source: str, spot: _Spot) -> "Surface":
    from brainseek.catalog.cortex.t1_volumes import cortex_volume_names, load_cortex_volume
    from brainseek.catalog.surfaces.registry import load_surface

    if spot.surface is not None:
        return load_surface(spot.surface, units=spot.units, hemisphere=spot.hemisphere)
    if source in cortex_volume_names():
        return load_cortex_volume(source).surface
    raise BrainseekError(
        f"the volume {source} needs a surface; give --surface, a mesh in the same space."
    )


def _vertex(surface: "Surface", spot: _Spot) -> tuple[int, float]:
    """Return the vertex that is meant, and how far it lies from the point, in µm."""
    if spot.at_mm is None:
        assert spot.vertex is not None
        return spot.vertex, 0.0
    if spot.vertex is not None:
        raise BrainseekError(
            f"--at and --vertex {spot.vertex} both name the place; give one of them."
        )
    if any(abs(c) > _FARTHEST_MM for c in spot.at_mm):
        place = " ".join(f"{c:g}" for c in spot.at_mm)
        raise BrainseekError(f"--at {place} lies more than a metre away; give mm, not µm.")
    points = [[1000.0 * c for c in spot.at_mm]]
    vertices, distances = surface.nearest(points, mask=surface.cortex)
    return int(vertices[0]), float(distances[0])


def _show(answer: "CortexPlace", query: dict[str, Any], json_file: str | None) -> None:
    """Write the JSON file, and the table unless the JSON goes to the terminal."""
    from brainseek.catalog.core.whole_file import write_whole
    from brainseek.ui.reports.answers import to_json

    text = None if json_file is None else to_json({"query": query, **answer.to_dict()})
    if text is not None and json_file == "-":
        click.echo(text, nl=False)
        return
    from rich.console import Console

    from brainseek.ui.reports.places import place_lines, place_table

    Console().print(place_table(answer))
    for line in place_lines(answer):
        click.echo(line)
    for remark in answer.remarks:
        click.echo(remark, err=True)
    if text is not None and json_file is not None:
        write_whole(Path(json_file), text.encode())
        click.echo(f"answer: {json_file}", err=True)
