"""The shape in which a cortex is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from brainseek.catalog.surfaces.registry import load_surface
from brainseek.catalog.surfaces.surface import Surface
from brainseek.registration.cortex.shape import FOLD_ROUNDS, STEP, cortex_shape


def test_the_smoothed_shape_has_no_deep_folds_and_keeps_its_length() -> None:
    surface = load_surface("fsaverage5")
    shape = cortex_shape(surface, smooth=True)
    folded = cortex_shape(surface, smooth=False)
    assert folded.vertices_um is surface.vertices_um
    assert (folded.sulcus == shape.sulcus).all()
    assert 0.3 < shape.sulcus[surface.cortex].mean() < 0.7
    smooth = replace(surface, vertices_um=shape.vertices_um, inner_um=None, kind="unknown")
    assert smooth.areas_um2().sum() < 0.8 * surface.areas_um2().sum()
    for side in (0, 1):
        here = surface.hemisphere == side
        lengths = [np.ptp(points[here, 1]) for points in (surface.vertices_um, shape.vertices_um)]
        assert lengths[0] == pytest.approx(lengths[1])


def dented_sphere() -> Surface:
    """300 points on a sphere of 40 mm; the first one is pushed in to half its height."""
    turn, n = np.pi * (3 - 5**0.5), 300
    z = 1 - (2 * np.arange(n) + 1) / n
    round_axis = np.sqrt(1 - z**2)
    angle = turn * np.arange(n)
    points = np.stack([round_axis * np.cos(angle), round_axis * np.sin(angle), z], axis=1)
    faces = ConvexHull(points).simplices.astype(np.int32)
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    inward = (np.cross(b - a, c - a) * (a + b + c)).sum(1) < 0
    faces[inward] = faces[inward][:, ::-1]
    points[0] *= 0.5
    side, cortex = np.zeros(n, np.int8), np.ones(n, bool)
    return Surface("dented", 40_000.0 * points, faces, side, cortex, "MNI152 RAS")


def test_folds_are_measured_against_a_loop_of_means() -> None:
    surface = dented_sphere()
    shape = cortex_shape(surface, smooth=False)
    beside: dict[int, set[int]] = {vertex: set() for vertex in range(len(surface))}
    for face in surface.faces.tolist():
        for vertex in face:
            beside[vertex] |= set(face) - {vertex}
    points = surface.vertices_um
    for _ in range(FOLD_ROUNDS):
        means = np.array([points[sorted(near)].mean(0) for near in beside.values()])
        points = points + STEP * (means - points)
    depth = ((surface.vertices_um - points) * points).sum(1)
    assert shape.sulcus.tolist() == (depth < 0).tolist()
    assert shape.sulcus.tolist() == [True] + [False] * 299, "the dent alone"
