"""Distances along surfaces: closed forms, symmetries, three methods against each other."""

import importlib.util
import sys

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.surfaces.geodesic_engines import ENGINES, TIME, Graph, Heat
from brainseek.catalog.surfaces.geodesics import Geodesics
from tests.catalog.surfaces.made_surface import cylinder, grid, icosphere, surface, two_spheres

RADIUS = 50_000.0
METHODS = [
    pytest.param(
        method,
        marks=pytest.mark.skipif(
            package is not None and importlib.util.find_spec(package) is None,
            reason=f"{package} is not installed",
        ),
    )
    for method, package in (("heat", "potpourri3d"), ("exact", "pygeodesic"), ("graph", None))
]
HEAT, EXACT, _ = METHODS


def great_circle(vertices, source):
    cosine = vertices @ vertices[source] / RADIUS**2
    return RADIUS * np.arccos(np.clip(cosine, -1, 1))


@pytest.mark.parametrize("method", METHODS)
def test_a_sphere_has_great_circles(method):
    vertices, faces = icosphere(4)
    found = Geodesics(surface(vertices, faces), method).rows([0, 700])
    for row, source in zip(found, (0, 700), strict=True):
        expected = great_circle(vertices, source)
        far = expected > 10_000
        error = row[far] / expected[far] - 1
        assert np.abs(error).mean() < {"heat": 0.025, "exact": 0.002, "graph": 0.15}[method]
        assert np.abs(error).max() < {"heat": 0.06, "exact": 0.005, "graph": 0.25}[method]
        if method == "graph":
            assert error.min() > -0.005  # chords cut inside the sphere, nothing else is shorter
        assert row[source] == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_square_has_straight_lines(method):
    vertices, faces = grid(31)
    source = 15 * 31 + 15
    (row,) = Geodesics(surface(vertices, faces), method).rows([source])
    expected = np.linalg.norm(vertices - vertices[source], axis=1)
    if method == "exact":
        np.testing.assert_allclose(row, expected, atol=1)
    elif method == "heat":
        assert np.abs(row - expected).max() < 1000.0  # within an edge
    else:
        along = (vertices[:, 0] == 15_000) | (vertices[:, 1] == 15_000)
        np.testing.assert_allclose(row[along], expected[along], atol=0.01)
        assert (row >= expected - 0.01).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_cylinder_unrolls(method):
    around, high = 60, 25
    vertices, faces = cylinder(around, high)
    source = 12 * around
    (row,) = Geodesics(surface(vertices, faces), method).rows([source])
    for height in (0, 6, 18, 24):
        for angle in (0, 9, 20, 30, 45):
            turn = min(angle, around - angle)
            chord = 2 * 10_000 * np.sin(np.pi / around) * turn  # the tube is a prism
            expected = np.hypot(chord, 1000.0 * (height - 12))
            found = row[height * around + angle]
            if method == "graph":
                assert expected - 1 <= found <= chord + abs(1000.0 * (height - 12)) + 1
            else:
                assert abs(found - expected) < (1 if method == "exact" else 0.06 * expected + 500)


@pytest.mark.parametrize("method", [HEAT])
def test_heat_against_exact(method):
    pytest.importorskip("pygeodesic", reason="pygeodesic is not installed")
    vertices, faces = icosphere(3)
    vertices *= 1 + 0.2 * np.sin(vertices[:, :1] / 8000) * np.cos(vertices[:, 1:2] / 9000)
    mesh = surface(vertices, faces)
    sources = np.arange(0, 642, 80)
    heat, exact, graph = (Geodesics(mesh, m).rows(sources) for m in (method, "exact", "graph"))
    far = exact > 10_000
    assert (np.abs(heat - exact)[far] / exact[far]).mean() < 0.03
    assert (graph >= exact - 1).all()
    assert (graph > exact + 1).mean() > 0.5
    straight = np.linalg.norm(vertices[sources][:, None] - vertices, axis=2)
    assert (exact >= straight - 1).all()
    np.testing.assert_allclose(exact[:, sources], exact[:, sources].T, rtol=1e-4, atol=1)


@pytest.mark.parametrize("method", METHODS)
def test_distances_scale_and_do_not_depend_on_place_or_order(method):
    vertices, faces = icosphere(2)
    first = Geodesics(surface(vertices, faces), method).rows([5, 17])
    moved = surface(0.5 * vertices[:, [1, 2, 0]] + 7000, faces)
    np.testing.assert_allclose(Geodesics(moved, method).rows([5, 17]), first / 2, rtol=1e-3, atol=1)
    order = np.random.default_rng(0).permutation(len(vertices))
    place = np.argsort(order)
    shuffled = surface(vertices[order], place[faces])
    found = Geodesics(shuffled, method).rows(place[[5, 17]])
    np.testing.assert_allclose(found[:, place], first, rtol=1e-3, atol=1)


def test_the_graph_against_a_slow_relaxation():
    vertices, faces = icosphere(1)
    edges = {tuple(sorted(pair)) for a, b, c in faces for pair in ((a, b), (b, c), (c, a))}
    expected = np.full(42, np.inf)
    expected[3] = 0
    for _ in range(42):
        for a, b in edges:
            length = np.linalg.norm(vertices[a] - vertices[b])
            expected[a] = min(expected[a], expected[b] + length)
            expected[b] = min(expected[b], expected[a] + length)
    found = Geodesics(surface(vertices, faces), "graph").rows([3])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_never_across_hemispheres(method):
    mesh = two_spheres(2)
    n = len(mesh) // 2
    rows = Geodesics(mesh, method).rows([3, n + 3])
    assert np.isfinite(rows[0, :n]).all()
    assert np.isinf(rows[0, n:]).all()
    assert np.isinf(rows[1, :n]).all()
    np.testing.assert_allclose(rows[0, :n], rows[1, n:], rtol=1e-4, atol=1)
    between = Geodesics(mesh, method).between([n + 3, 3], [5, n + 5])
    assert np.isfinite(between).tolist() == [[False, True], [True, False]]


def test_components_of_one_hemisphere_are_apart():
    mesh = two_spheres(1)
    one_side = surface(mesh.vertices_um, mesh.faces)
    assert np.isinf(Geodesics(one_side, "graph").rows([0])[0, 42:]).all()


@pytest.mark.parametrize("method", METHODS)
def test_between_is_a_choice_of_rows(method):
    mesh = two_spheres(2)
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, len(mesh), 9), rng.integers(0, len(mesh), 13)
    first[4] = first[0]
    geodesics = Geodesics(mesh, method)
    expected = geodesics.rows(first)[:, second]
    np.testing.assert_array_equal(geodesics.between(first, second), expected)
    np.testing.assert_array_equal(Geodesics(mesh, method, 0).between(first, second), expected)
    assert expected.dtype == np.float32
    assert geodesics.rows([]).shape == (0, len(mesh))


@pytest.mark.parametrize("cache_mb", [0.0, 0.002, 0.01])
def test_the_cache_stays_below_its_limit(cache_mb, monkeypatch):
    mesh = two_spheres(2)  # a row of one sphere is 162 * 4 = 648 bytes
    geodesics = Geodesics(mesh, "graph", cache_mb)
    expected = Geodesics(mesh, "graph").rows(np.arange(20))
    for _ in range(2):
        for source in range(20):
            np.testing.assert_array_equal(geodesics.rows([source])[0], expected[source])
            assert geodesics.held_bytes <= 1e6 * cache_mb
    assert geodesics.held_bytes == min(int(1e6 * cache_mb) // 648, 20) * 648


def test_kept_rows_are_not_computed_again_and_the_oldest_goes_first(monkeypatch):
    asked = []

    class Watched(Graph):
        def distances(self, source):
            asked.append(source)
            return super().distances(source)

    monkeypatch.setitem(ENGINES, "graph", Watched)
    geodesics = Geodesics(surface(*icosphere(2)), "graph", 2 * 648 / 1e6)
    geodesics.rows([0])
    geodesics.rows([1, 0])
    geodesics.rows([2])  # drops 1: row 0 and 1 were read in rising order, so 0 is older
    geodesics.rows([1])
    assert asked == [0, 1, 2]
    geodesics.rows([0])
    assert asked == [0, 1, 2, 0]


def test_the_graph_says_so(caplog):
    geodesics = Geodesics(surface(*icosphere(1)), "graph")
    assert geodesics.method_used == "graph"
    assert "shortest paths along edges" in caplog.text
    assert geodesics.remark in caplog.text


@pytest.mark.parametrize(
    ("method", "package", "hint"),
    [("heat", "potpourri3d", r'brainseek\[surface\].*method="graph"'),
     ("exact", "pygeodesic", r'brainseek\[peers\].*method="heat"')],
)  # fmt: skip
def test_a_missing_package_is_named_and_nothing_else_is_used(monkeypatch, method, package, hint):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(BrainseekError, match=rf"needs? {package}.*{hint}"):
        Geodesics(surface(*icosphere(1)), method)


@pytest.mark.parametrize("method", [HEAT])
def test_heat_reaches_the_far_end_of_a_long_strip(method):
    """With 0.3 squared edge lengths too little would arrive there."""
    vertices, faces = grid(4)
    pieces = range(100)
    strip = np.concatenate([vertices + np.array([3000.0 * k, 0, 0]) for k in pieces]) / 2
    strip, place = np.unique(strip, axis=0, return_inverse=True)
    mesh = surface(strip, np.concatenate([place[faces + 16 * k] for k in pieces]))
    row = Geodesics(mesh, method).rows([0])[0]
    expected = np.linalg.norm(strip - strip[0], axis=1)
    far = expected > 20_000
    assert np.abs(row[far] / expected[far] - 1).max() < 0.02


def test_the_time_of_diffusion():
    """A strip of right triangles: 0.3 where it is short, else from its diagonal in closed form."""

    def strip(n):
        low = np.stack([np.arange(n), np.zeros(n), np.zeros(n)], axis=1)
        vertices = np.concatenate([low, low + np.array([0, 1, 0])])
        i = np.arange(n - 1)
        faces = np.concatenate(
            [np.stack([i, i + 1, i + n + 1], 1), np.stack([i, i + n + 1, i + n], 1)]
        )
        return vertices, faces.astype(np.int32)

    assert Heat.time_of(*strip(50)) == TIME
    n = 2000
    mean_edge = (2 * (n - 1) + n + (n - 1) * 2**0.5) / (4 * n - 3)
    expected = (np.hypot(n - 1, 1) / 280 / mean_edge) ** 2
    assert expected > 1
    assert Heat.time_of(*strip(n)) == pytest.approx(expected)


@pytest.mark.parametrize("method", [EXACT])
def test_exact_refuses_pinched_meshes(method):
    """Two tetrahedra that share an edge: four triangles meet there."""
    vertices = 1000.0 * np.array(
        [[0, 0, 0], [0, 0, 2], [2, 1, 0], [2, -1, 0], [-2, 1, 0], [-2, -1, 0]]
    )
    one = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
    other = np.array([[0, 1, 5], [0, 4, 1], [0, 5, 4], [1, 4, 5]])
    mesh = surface(vertices, np.concatenate([one, other]))
    with pytest.raises(BrainseekError, match="1 edges of made belong to more than two"):
        Geodesics(mesh, method)
    row = Geodesics(mesh, "graph").rows([2])[0]
    assert np.isfinite(row).all()


def test_bad_arguments():
    mesh = surface(*icosphere(1))
    with pytest.raises(BrainseekError, match="'fast' is not known; choose heat, exact, graph"):
        Geodesics(mesh, "fast")
    with pytest.raises(BrainseekError, match="cache_mb is -1"):
        Geodesics(mesh, "graph", -1)
    geodesics = Geodesics(mesh, "graph")
    with pytest.raises(BrainseekError, match="no vertex 42; its vertices are 0 to 41"):
        geodesics.rows([0, 42])
    with pytest.raises(BrainseekError, match="no vertex -1"):
        geodesics.between([0], [-1])
    with pytest.raises(BrainseekError, match="whole numbers"):
        geodesics.rows([0.5])
    with pytest.raises(BrainseekError, match="whole numbers"):
        geodesics.rows(3)
