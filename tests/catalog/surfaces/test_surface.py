"""Surfaces against closed forms and slow loops."""

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

from brainseek.catalog.core.errors import BrainseekError
from tests.catalog.surfaces.made_surface import cylinder, grid, icosphere, surface, two_spheres

RADIUS = 50_000.0


def test_areas_of_a_sphere_sum_to_four_pi_r2():
    coarse, fine = (surface(*icosphere(r)).areas_um2().sum() for r in (3, 4))
    assert fine == pytest.approx(4 * np.pi * RADIUS**2, rel=0.005)
    assert coarse < fine < 4 * np.pi * RADIUS**2  # chords lie inside


def test_areas_are_a_third_of_each_triangle_in_a_slow_loop():
    mesh = surface(*icosphere(1))
    expected = np.zeros(len(mesh))
    for face in mesh.faces:
        a, b, c = (np.linalg.norm(mesh.vertices_um[p] - mesh.vertices_um[q])
                   for p, q in itertools.combinations(face, 2))  # fmt: skip
        s = (a + b + c) / 2
        expected[face] += np.sqrt(s * (s - a) * (s - b) * (s - c)) / 3  # Heron
    np.testing.assert_allclose(mesh.areas_um2(), expected, rtol=1e-9)
    with pytest.raises(ValueError, match="read-only"):
        mesh.areas_um2()[0] = 1.0


@pytest.mark.parametrize("inward", [False, True])
def test_normals_of_a_sphere_point_outward_however_its_faces_are_turned(inward):
    vertices, faces = icosphere(3)
    mesh = surface(vertices + np.array([90_000, -5_000, 0]), faces[:, ::-1] if inward else faces)
    cosine = (mesh.normals() * vertices / RADIUS).sum(1)
    assert cosine.min() > 0.999
    np.testing.assert_allclose(np.linalg.norm(mesh.normals(), axis=1), 1)


def test_normals_of_open_sheets():
    vertices, faces = grid(6)
    assert (surface(vertices, faces).normals() == (0, 0, 1)).all()
    assert (surface(vertices, faces[:, ::-1]).normals() == (0, 0, -1)).all()
    tube, sides = cylinder(24, 5)
    for turned in (sides, sides[:, ::-1]):
        normals = surface(tube, turned).normals()
        assert (normals[:, :2] * tube[:, :2]).sum(1).min() > 0.99 * 10_000


def test_each_hemisphere_has_its_own_outside():
    mesh = two_spheres(2)
    faces = mesh.faces.copy()
    right = mesh.hemisphere[faces[:, 0]] == 1
    faces[right] = faces[right][:, ::-1]
    mixed = surface(mesh.vertices_um, faces, hemisphere=mesh.hemisphere)
    centre = np.where(mesh.side("left")[:, None], [[-40_000, 0, 0]], [[40_000, 0, 0]])
    assert ((mesh.vertices_um - centre) / 30_000 * mixed.normals()).sum(1).min() > 0.99


def test_nearest_equals_a_slow_search():
    mesh = surface(*icosphere(3))
    rng = np.random.default_rng(0)
    points = mesh.vertices_um[rng.integers(0, len(mesh), 40)] + rng.normal(0, 1500, (40, 3))
    indices, distances = mesh.nearest(points)
    for point, index, distance in zip(points, indices, distances, strict=True):
        each = [np.sqrt(((point - v) ** 2).sum()) for v in mesh.vertices_um]
        assert index == int(np.argmin(each))
        assert distance == pytest.approx(min(each))
    assert [len(x) for x in mesh.nearest(np.zeros((0, 3)))] == [0, 0]


def test_nearest_names_the_worst_point():
    mesh = surface(*icosphere(3))
    points = np.array([[50_000.0, 0, 0], [56_000, 0, 0], [0, 0, 61_000]])
    with pytest.raises(BrainseekError, match=r"point 2, \(0, 0, 61000\) µm, lies 11\d\d\d µm"):
        mesh.nearest(points)
    assert len(mesh.nearest(points, max_um=12_000)[0]) == 3
    with pytest.raises(BrainseekError, match="not mm"):
        mesh.nearest(points[:1] / 1000)
    with pytest.raises(BrainseekError, match=r"shape \(3,\)"):
        mesh.nearest(points[0])
    with pytest.raises(BrainseekError, match="finite"):
        mesh.nearest([[np.nan, 0, 0]])


def test_samples_follow_the_area():
    """A grid stretched along x has columns of very different area; one half is medial wall."""
    vertices, faces = grid(8)
    vertices[:, 0] = vertices[:, 0] ** 2 / 1000
    mesh = surface(vertices, faces, cortex=vertices[:, 1] > 3500)
    mask = vertices[:, 0] > 500
    n = 40_000
    drawn = mesh.sample(n, np.random.default_rng(1), mask)
    assert mesh.cortex[drawn].all()
    assert mask[drawn].all()
    allowed = np.flatnonzero(mesh.cortex & mask)
    areas = mesh.areas_um2()[allowed]
    assert areas.max() > 4 * areas.min()
    counts = np.bincount(drawn, minlength=len(mesh))[allowed]
    assert chisquare(counts, n * areas / areas.sum()).pvalue > 1e-3
    assert chisquare(counts).pvalue < 1e-9  # evenly by vertex it is not
    again = mesh.sample(n, np.random.default_rng(1), mask)
    assert (again == drawn).all()


def test_impossible_samples_are_refused():
    mesh = surface(*icosphere(1), cortex=np.zeros(42, bool))
    with pytest.raises(BrainseekError, match="0 vertices of the cortex"):
        mesh.sample(3, np.random.default_rng(0))
    whole = surface(*icosphere(1))
    with pytest.raises(BrainseekError, match=r"shape \(3,\) of float64"):
        whole.sample(3, np.random.default_rng(0), np.ones(3))
    with pytest.raises(BrainseekError, match="-1 vertices"):
        whole.sample(-1, np.random.default_rng(0))


def test_sides_and_parts():
    mesh = two_spheres(1)
    assert mesh.side("left").sum() == mesh.side("right").sum() == 42
    assert (mesh.vertices_um[mesh.side("left"), 0] < 0).all()
    assert len(np.unique(mesh.parts[mesh.side("right")])) == 1
    assert len(np.unique(mesh.parts)) == 2
    with pytest.raises(BrainseekError, match="'top'"):
        mesh.side("top")


def test_the_middle_needs_both_surfaces():
    vertices, faces = icosphere(1)
    both = surface(vertices, faces, inner_um=0.9 * vertices, kind="pial")
    np.testing.assert_allclose(both.mid_um, 0.95 * vertices)
    for kind, inner in (("mid", 0.9 * vertices), ("pial", None)):
        with pytest.raises(BrainseekError, match="not known"):
            _ = surface(vertices, faces, inner_um=inner, kind=kind).mid_um


VERTICES, FACES = icosphere(1)


@pytest.mark.parametrize(
    ("vertices", "faces", "message"),
    [
        (VERTICES / 1000, FACES, "unit was mixed up"),
        (VERTICES * 1000, FACES, "unit was mixed up"),
        (VERTICES[:, :2], FACES, r"vertices of shape \(42, 2\)"),
        (np.where(VERTICES > 0, VERTICES, np.nan), FACES, "no NaN"),
        (VERTICES, FACES.astype(float), "triangles of float64"),
        (VERTICES, FACES[:0], "0 triangles"),
        (VERTICES, FACES + 1, "names vertex 42, but there are 42"),
        (VERTICES, FACES - 1, "names vertex -1"),
        (VERTICES, np.concatenate([FACES, [[0, 0, 1]]]), "names a vertex twice"),
        (np.concatenate([VERTICES, [[0, 0, 1]]]), FACES, "1 vertices of made belong to no"),
        (VERTICES[FACES].reshape(-1, 3), np.arange(240).reshape(-1, 3), "198 vertices of made lie"),
    ],
)
def test_broken_meshes_are_refused(vertices, faces, message):
    with pytest.raises(BrainseekError, match=message) as caught:
        surface(vertices, faces)
    assert str(caught.value).count(". ") == 0  # one sentence


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hemisphere": np.zeros(41)}, r"hemisphere of made has the shape \(41,\)"),
        ({"hemisphere": np.full(42, 2)}, "0 for left"),
        ({"hemisphere": np.arange(42) % 2}, "corners in both hemispheres"),
        ({"cortex": np.ones(3, bool)}, "cortex of made has the shape"),
        ({"inner_um": np.ones((3, 3))}, "inner_um of made has the shape"),
        ({"inner_um": np.full((42, 3), np.nan)}, "inner_um of made is not finite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(given, message):
    with pytest.raises(BrainseekError, match=message):
        surface(VERTICES, FACES, **given)


def test_nearest_among_some_vertices_equals_a_loop():
    sphere = surface(*icosphere(2, 20_000.0))
    rng = np.random.default_rng(4)
    mask = rng.random(len(sphere)) < 0.3
    points = rng.normal(size=(20, 3)) * 12_000.0
    indices, distances = sphere.nearest(points, 60_000.0, mask)
    for point, index, distance in zip(points, indices, distances, strict=True):
        gaps = np.where(mask, np.linalg.norm(sphere.vertices_um - point, axis=1), np.inf)
        assert index == gaps.argmin()
        assert distance == pytest.approx(gaps.min())
