"""``brainseek locate-cortex``: from a patch, or a place in a volume, to places on the cortex."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np
from rich.console import Console

from brainseek.catalog.atlases.registry import atlas_names
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.t1_volumes import (
    cortex_volume_names,
    load_cortex_volume,
    open_volume,
)
from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.surface import Surface
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.defaults import encoder_of_cortex
from brainseek.embedder.registry import read_card
from brainseek.registration.cortex import locate
from brainseek.registration.cortex.cortex_place import CortexPlace
from brainseek.registration.cortex.gallery import cortex_gallery
from brainseek.registration.cortex.patch_input import read_patch
from brainseek.ui.commands.options.settings import with_settings
from brainseek.ui.commands.options.shared import (
    LABELS,
    encoder_option,
    json_option,
    k_option,
    picture_option,
    pixel_size_option,
    weights_option,
)
from brainseek.ui.reports.cortex_place_picture import cortex_place_picture
from brainseek.ui.reports.cortex_places import place_lines, place_table
from brainseek.ui.reports.output import write_file, write_json

_FARTHEST_MM = 1000.0
_SAME_VOLUME = {"mni152": "t1-mni152"}


@dataclass(frozen=True)
class CutPlace:
    """Where in a volume a patch is cut."""

    surface: str | None
    units: Literal["mm", "um"] | None
    hemisphere: Literal["left", "right"] | None
    at_mm: tuple[float, float, float] | None
    vertex: int | None

    @property
    def is_given(self) -> bool:
        """Whether a place was named at all."""
        return self.at_mm is not None or self.vertex is not None


@dataclass(frozen=True)
class CortexSearch:
    """By which encoder, from how many neighbours, and how the areas are named."""

    encoder: str | None
    k: int
    labels: str | None
    weights: Path | None

    @property
    def arguments(self) -> dict[str, Any]:
        """What patches and vertices are located with, but for the encoder."""
        return {"k": self.k, "labels": self.labels, "folder": self.weights}


@click.command(name="locate-cortex")
@click.argument("source", metavar="PATCH_OR_VOLUME")
@with_settings(
    "spot",
    CutPlace,
    click.option(
        "--surface",
        metavar="SURFACE",
        help="Surface in the space of the volume: a name such as fsaverage5 or a mesh file. Known "
        "T1 volumes bring their own.",
    ),
    click.option("--units", type=click.Choice(["mm", "um"]), help="Unit of a mesh file."),
    click.option(
        "--hemisphere",
        type=click.Choice(["left", "right"]),
        help="Of a mesh file that does not say it.",
    ),
    click.option(
        "--at-mm",
        type=float,
        nargs=3,
        metavar="X Y Z",
        help="Cut at the vertex nearest to this point: mm to the right, anterior, superior.",
    ),
    click.option("--vertex", type=int, metavar="N", help="Cut at this vertex of the surface."),
)
@pixel_size_option("a patch")
@with_settings(
    "asked",
    CortexSearch,
    encoder_option("the first for so many planes"),
    k_option(10, "Neighbours"),
    LABELS,
    weights_option("cortex"),
)
@json_option("the answer")
@picture_option("the patch above the places that were found")
def locate_cortex(
    source: str,
    spot: CutPlace,
    pixel_size_um: float | None,
    asked: CortexSearch,
    json_file: str | None,
    picture: Path | None,
) -> None:
    """Name the places on the cortex that look most like a patch.

    PATCH_OR_VOLUME is a patch (an image, or a .npy file of one plane, three planes or a block;
    rows run from outside into the brain), or with --at-mm or --vertex a T1 volume (a NIfTI file,
    mni152, t1-mni152, …) that a patch is cut from. Places are MNI152 millimetres. The template
    behind them is symmetric, so left and right are not told apart.

    \b
    brainseek locate-cortex mni152 --surface fsaverage5 --at-mm -42 -22 54
    brainseek locate-cortex t1-mni152 --vertex 5000 --picture places.png
    brainseek locate-cortex T1.nii.gz --surface lh.pial.gii --units mm --hemisphere left \\
        --at-mm -42 -22 54
    brainseek locate-cortex patch.npy --pixel-size 1000 --json places.json
    """  # noqa: D301
    answered = _of_volume if spot.is_given else _of_patch
    answer, gray, query = answered(source, asked, spot, pixel_size_um)
    if json_file != "-":
        Console().print(place_table(answer))
        for line in place_lines(answer):
            click.echo(line)
        for remark in answer.remarks:
            click.echo(remark, err=True)
    write_json({"query": query, **answer.to_dict()}, json_file, "answer")
    if picture is not None:
        write_file(picture, cortex_place_picture(gray, answer, asked.weights), "picture")


Answered = tuple[CortexPlace, np.ndarray, dict[str, Any]]
"""The answer, the gray of the patch as the encoder sees it, and the query for the JSON file."""


def _of_patch(
    source: str, asked: CortexSearch, spot: CutPlace, pixel_size_um: float | None
) -> Answered:
    """Locate a patch in a file."""
    if source in (*cortex_volume_names(), *atlas_names()):
        raise BrainseekError(
            f"{source} is a volume; say the place to cut it at with --at-mm or --vertex."
        )
    for option in ("surface", "units", "hemisphere"):
        value = getattr(spot, option)
        if value is not None:
            raise BrainseekError(
                f"--{option} {value} belongs to a volume; give --at-mm or --vertex too, or leave "
                "it out."
            )
    planes, size = read_patch(source, pixel_size_um)
    answer = locate.locate_cortex(planes, pixel_um=size, encoder=asked.encoder, **asked.arguments)
    view = read_card(answer.encoder.partition("@")[0], asked.weights, kind=CortexCard).view
    return answer, view.prepared(planes, size), {"patch": source, "pixel_um": size}


def _of_volume(
    source: str, asked: CortexSearch, spot: CutPlace, pixel_size_um: float | None
) -> Answered:
    """Cut a patch out of a volume and locate it."""
    if pixel_size_um is not None:
        raise BrainseekError(
            f"--pixel-size {pixel_size_um:g} belongs to a patch and a volume says its own voxel "
            "size; leave it out."
        )
    name = asked.encoder or encoder_of_cortex(folder=asked.weights)
    card = read_card(name, asked.weights, kind=CortexCard)
    volume, surface = open_volume(source), _surface(source, spot)
    vertex, away_um = _vertex(surface, spot)
    (answer,) = locate.locate_cortex_vertices(
        volume, surface, [vertex], encoder=name, **asked.arguments
    )
    said = "" if spot.at_mm is None else f", {away_um / 1000:.1f} mm from the point"
    click.echo(f"cut at vertex {vertex} of {surface.name}{said}", err=True)
    known = cortex_gallery(name, asked.weights)
    own = (known.data, known.surface.name) == (
        _SAME_VOLUME.get(source, source),
        surface.name,
    )
    if own and vertex in known.vertices:
        click.echo("the gallery was cut from this volume too, so the place finds itself", err=True)
    gray = card.view.prepared(card.view.cut(card.view.patches(volume, surface), vertex))
    query = {
        "volume": source,
        "surface": surface.name,
        "vertex": vertex,
        "point_um": [float(c) for c in surface.vertices_um[vertex]],
    }
    return answer, gray, query


def _surface(source: str, spot: CutPlace) -> Surface:
    if spot.surface is not None:
        return load_surface(spot.surface, units=spot.units, hemisphere=spot.hemisphere)
    if source in cortex_volume_names():
        return load_cortex_volume(source).surface
    raise BrainseekError(
        f"the volume {source} needs a surface; give --surface, a mesh in the same space."
    )


def _vertex(surface: Surface, spot: CutPlace) -> tuple[int, float]:
    """Return the vertex that is meant, and how far it lies from the point, in µm."""
    if spot.at_mm is None:
        assert spot.vertex is not None
        return spot.vertex, 0.0
    if spot.vertex is not None:
        raise BrainseekError(
            f"--at-mm and --vertex {spot.vertex} both name the place; give one of them."
        )
    if any(abs(c) > _FARTHEST_MM for c in spot.at_mm):
        place = " ".join(f"{c:g}" for c in spot.at_mm)
        raise BrainseekError(f"--at-mm {place} lies more than a metre away; give mm, not µm.")
    points = [[1000.0 * c for c in spot.at_mm]]
    vertices, distances = surface.nearest(points, mask=surface.cortex)
    return int(vertices[0]), float(distances[0])
