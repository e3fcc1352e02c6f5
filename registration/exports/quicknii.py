"""Planes for QuickNII, VisuAlign and the tools that read their files.

QuickNII measures the Allen CCFv3 in voxels of 25 µm: x from left to right, y from posterior to
anterior, z from inferior to superior. A pixel (x, y) of an image of the size width x height lies
at ``o + u * x / width + v * y / height``. VisuAlign adds markers ``[x, y, x', y']``: what the
plane alone puts at (x, y) is found at (x', y') in the image.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.volumes.quicknii import anchoring
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.exports.coordinates.full_resolution import to_full

if TYPE_CHECKING:
    from brainseek.registration.alignment.alignment import Alignment

TARGET = "ABA_Mouse_CCFv3_2017_25um.cutlas"
TARGET_RESOLUTION = (456, 528, 320)
MARKERS_ACROSS = 9
"""Markers along the width of a section; VisuAlign takes long over hundreds of them."""
_IN_CCF = ("mouse-nissl", "mouse-ccf")
_IN_CCF_START = ("brainglobe:allen_mouse_",)
_AXES = ("AP", "DV", "ML")


@dataclass(frozen=True)
class Slice:
    """One section in a QuickNII file.

    Attributes
    ----------
    filename : str
        Name of the image file.
    number : int
        Serial number of the section.
    width, height : int
        Size of the image in pixels.
    plane : Plane
        Of the image, from edge to edge, (AP, DV, ML) in CCFv3 µm.
    markers : tuple of (x, y, x', y')
        What the plane can't say, for VisuAlign; empty for an affine alignment.
    """

    filename: str
    number: int
    width: int
    height: int
    plane: Plane
    markers: tuple[tuple[float, float, float, float], ...] = ()


def in_ccf(atlas: Atlas) -> bool:
    """Tell whether an atlas' points are CCFv3 µm from front, top and left."""
    base = atlas.name.partition("@")[0]
    named = base in _IN_CCF or base.startswith(_IN_CCF_START)
    return named and tuple(atlas.space_axes) == _AXES


def quicknii_slice(
    alignment: "Alignment", filename: str, number: int, full: tuple[int, int]
) -> Slice:
    """Return the entry of one section.

    Parameters
    ----------
    alignment : Alignment
        To an atlas in CCFv3 space.
    filename : str
        Name of the image file, without folders.
    number : int
        Serial number of the section.
    full : (height, width)
        Size of the image file in pixels.
    """
    markers = () if alignment.method == "affine" else _markers(alignment, full)
    return Slice(filename, number, full[1], full[0], alignment.plane, markers)


def quicknii_json(name: str, slices: Sequence[Slice]) -> bytes:
    """Return the file for one section or a series, UTF-8."""
    content: dict[str, Any] = {
        "name": name,
        "target": TARGET,
        "target-resolution": list(TARGET_RESOLUTION),
        "slices": [
            {
                "filename": one.filename,
                "nr": one.number,
                "width": one.width,
                "height": one.height,
                "anchoring": anchoring(one.plane),
                "markers": [list(marker) for marker in one.markers],
            }
            for one in slices
        ],
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _markers(
    alignment: "Alignment", full: tuple[int, int]
) -> tuple[tuple[float, float, float, float], ...]:
    """Sample the difference between the whole map and its plane on staggered rows in the tissue."""
    labels = alignment.labels()
    height, width = labels.shape
    across = width / MARKERS_ACROSS
    places = [
        (row, column + (across / 2 if number % 2 else 0))
        for number, row in enumerate(np.arange(across / 2, height, across * 0.87))
        for column in np.arange(across / 2, width - across / 2, across)
    ]
    inside = [(row, column) for row, column in places if column < width]
    section = np.array([p for p in inside if labels[int(p[0]), int(p[1])]]).reshape(-1, 2)
    if not len(section):
        return ()
    planned = _on_plane(alignment.plane, alignment.to_atlas_um(section))
    there = to_full(section, (height, width), full) + 0.5
    return tuple(
        (
            round(float(s * full[1]), 2),
            round(float(t * full[0]), 2),
            round(float(column), 2),
            round(float(row), 2),
        )
        for (s, t), (row, column) in zip(planned, there, strict=True)
    )


def _on_plane(plane: Plane, points_um: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (s, t), the shares of width and height, of points dropped onto a plane."""
    edges = np.linalg.pinv(np.column_stack([plane.u, plane.v]))
    return np.asarray((points_um - np.array(plane.o)) @ edges.T)
