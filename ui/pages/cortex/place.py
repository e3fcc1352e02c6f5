"""A place of the cortex in words, and found by number or by coordinates."""

import math

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.surface import SIDES, Surface
from brainseek.catalog.surfaces.vertex_labels import VertexLabels

REACH_MM = 10.0
"""How far from the cortex a point may lie that is looked up."""
NO_AREA = "no area named here"


def checked_vertex(surface: Surface, vertex: int) -> int:
    """Return the number of a vertex.

    Raises
    ------
    BrainseekError
        When the surface has no such vertex.
    """
    if not 0 <= vertex < len(surface):
        raise BrainseekError(
            f"vertex {vertex} does not exist on {surface.name}; choose one from 0 to "
            f"{len(surface) - 1}."
        )
    return vertex


def vertex_near(
    surface: Surface, among: NDArray[np.int64], point_mm: tuple[float, float, float]
) -> tuple[int, float]:
    """Find the vertex nearest to a point.

    Parameters
    ----------
    surface : Surface
    among : ndarray of int64, (m,)
        Vertices that may be found.
    point_mm : (float, float, float)
        x, y, z in mm in the space of the surface.

    Returns
    -------
    vertex : int
    distance_mm : float

    Raises
    ------
    BrainseekError
        When it lies further off than `REACH_MM`, or the point is not finite.
    """
    vertex, distance = -1, math.inf
    if all(abs(value) < 1e6 for value in point_mm):
        mask = np.zeros(len(surface), bool)
        mask[among] = True
        found, away_um = surface.nearest([[1000.0 * c for c in point_mm]], math.inf, mask)
        vertex, distance = int(found[0]), float(away_um[0]) / 1000
    if distance > REACH_MM:
        x, y, z = point_mm
        raise BrainseekError(
            f"x {x:g}, y {y:g}, z {z:g} mm lies more than {REACH_MM:.0f} mm from the cortex of "
            f"{surface.name}; give {surface.space} coordinates in mm, such as -42 -22 54."
        )
    return vertex, distance


def hemisphere_of(surface: Surface, vertex: int) -> str:
    """Return left or right."""
    return SIDES[int(surface.hemisphere[vertex])]


def mm_of(surface: Surface, vertex: int) -> tuple[float, float, float]:
    """Return x, y, z of a vertex in mm."""
    x, y, z = (float(value) / 1000 for value in surface.vertices_um[vertex])
    return x, y, z


def mm_text(point_mm: tuple[float, float, float]) -> str:
    """Return coordinates for people, whole millimetres with a real minus sign."""
    return ", ".join(f"{round(value)}".replace("-", "−") for value in point_mm)


def area_of(labels: VertexLabels | None, vertex: int) -> str:
    """Return the name of the area of a vertex without its hemisphere; empty if unknown."""
    if labels is None or not labels.ids[vertex]:
        return ""
    return area_name(labels, int(labels.ids[vertex]))


def area_name(labels: VertexLabels, number: int) -> str:
    """Return the name of an area without its hemisphere."""
    name = labels.names[number]
    for side in SIDES:
        name = name.removesuffix(f" {side}")
    return name
