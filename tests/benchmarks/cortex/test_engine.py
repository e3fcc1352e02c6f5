import numpy as np
import pytest

from benchmarks.cortex.engine import METHODS, measure_one, mesh_of, sources_of, split
from brainseek.catalog.surfaces.geodesic_engines import Graph
from brainseek.catalog.surfaces.mesh import edge_uses, face_normals
from tests.catalog.surfaces.made_surface import icosphere


def test_a_split_mesh_is_the_same_polyhedron():
    vertices, faces = icosphere(1)
    finer, smaller = split(vertices, faces)
    assert (finer[: len(vertices)] == vertices).all()
    assert len(smaller) == 4 * len(faces)
    assert (edge_uses(smaller)[1] == 2).all()
    whole, parts = face_normals(vertices, faces), face_normals(finer, smaller)
    np.testing.assert_allclose(parts.reshape(4, -1, 3), np.broadcast_to(whole / 4, (4, 80, 3)))


def test_exact_distances_do_not_change_by_splitting():
    geodesic = pytest.importorskip("pygeodesic.geodesic", reason="pygeodesic is not installed")
    vertices, faces = icosphere(1)
    coarse = geodesic.PyGeodesicAlgorithmExact(vertices / 1000, faces)
    fine = geodesic.PyGeodesicAlgorithmExact(*(lambda v, f: (v / 1000, f))(*split(vertices, faces)))
    expected, found = (np.array(one.geodesicDistances([3], None)[0]) for one in (coarse, fine))
    np.testing.assert_allclose(found[: len(vertices)], expected, atol=0.01)


def test_errors_are_those_of_a_slow_count(tmp_path):
    name = next(label for label, method in METHODS.items() if method is Graph)
    vertices, faces = mesh_of(0)
    sources = sources_of(len(vertices), 2)
    truth = np.array([0.8 * Graph(vertices, faces).distances(source) for source in sources])
    np.save(tmp_path / "truth.npy", truth)
    found = measure_one(name, "10k", 2, str(tmp_path / "truth.npy"))
    assert found["relative"] == pytest.approx(0.25)
    assert found["relative_near"] == pytest.approx(0.25)
    assert found["error_mm"] == pytest.approx(0.25 * truth.mean())
    assert found["largest_mm"] == pytest.approx(0.25 * truth.max())
    assert sources_of(100, 5)[:2] == sources_of(100, 2)
