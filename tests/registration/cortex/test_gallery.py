"""The gallery of the cortex against slow loops."""

import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.registration.cortex.gallery import cortex_gallery
from tests.embedder.made_cortex_encoder import FLAT, places, release_made, template

__all__ = ["places"]


@pytest.fixture(scope="module")
def gallery(places):
    return cortex_gallery("flat", places)


def test_it_holds_the_cortex_of_its_surface(gallery, places):
    assert gallery.surface.name == "fsaverage5"
    assert gallery.surface.cortex[gallery.vertices].all()
    assert (np.diff(gallery.vertices) > 0).all()
    assert gallery.vectors.dtype == np.float32
    assert gallery.encoder.startswith("flat@")
    assert cortex_gallery("flat", places) is gallery
    assert cortex_gallery(folder=places).encoder.startswith("block@")


def test_similarity_is_the_cosine_and_nan_elsewhere(gallery):
    vertex = int(gallery.vertices[7])
    found = gallery.similarity(vertex)
    assert found.shape == (len(gallery.surface),)
    assert found.dtype == np.float32
    expected = np.full(len(gallery.surface), np.nan)
    for place, other in enumerate(gallery.vertices):
        expected[other] = sum(
            float(a) * float(b)
            for a, b in zip(gallery.vectors[7], gallery.vectors[place], strict=True)
        )
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.nanargmax(found) == vertex


@pytest.mark.parametrize("apart_um", [0.0, 10_000.0, 60_000.0])
def test_nearest_places_are_the_greedy_ones(gallery, apart_um):
    vertex = int(gallery.vertices[30])
    found = gallery.nearest(vertex, 6, apart_um)
    points, similar = gallery.surface.vertices_um, gallery.similarity(vertex)
    taken = [vertex]
    for other in sorted(gallery.vertices, key=lambda v: -similar[v]):
        far = all(np.linalg.norm(points[other] - points[t]) >= apart_um for t in taken)
        if far and other != vertex and len(taken) < 7:
            taken.append(int(other))
    assert [place.vertex for place in found] == taken[1:]
    along = Geodesics(gallery.surface).rows([vertex])[0]
    for place in found:
        assert place.score == pytest.approx(similar[place.vertex], abs=1e-6)
        assert place.point_um == pytest.approx(tuple(points[place.vertex]))
        assert place.hemisphere == ("left", "right")[gallery.surface.hemisphere[place.vertex]]
        assert place.distance_um == pytest.approx(along[place.vertex])
    assert gallery.nearest(vertex, 3, 1e9) == []


def test_flat_is_the_plane_of_largest_spread(gallery):
    flat = gallery.flat()
    assert flat.shape == (len(gallery.vertices), 2)
    centred = gallery.vectors - gallery.vectors.mean(axis=0)
    _, values, directions = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    for axis in (0, 1):
        expected = centred @ directions[axis]
        sign = np.sign(expected @ flat[:, axis])
        np.testing.assert_allclose(flat[:, axis], sign * expected, atol=1e-5)
        assert np.linalg.norm(flat[:, axis]) == pytest.approx(values[axis], rel=1e-4)


def test_what_has_no_embedding_gets_a_sentence(gallery):
    wall = int(np.flatnonzero(~gallery.surface.cortex)[0])
    with pytest.raises(BrainseekError, match="no embedding"):
        gallery.similarity(wall)
    for vertex in (-1, 20484):
        with pytest.raises(BrainseekError, match="0 to 20483"):
            gallery.nearest(vertex, 3)
    for k, apart in ((0, 1.0), (3, -1.0), (3, float("nan"))):
        with pytest.raises(BrainseekError, match="at least 1 place"):
            gallery.nearest(int(gallery.vertices[0]), k, apart)


def test_an_encoder_released_again_is_opened_again(tmp_path):
    release_made(tmp_path, "again", FLAT, count=20)
    first = cortex_gallery("again", tmp_path)
    release_made(tmp_path, "again", FLAT, count=20, seed=1)
    second = cortex_gallery("again", tmp_path)
    assert first.encoder != second.encoder
    assert not np.allclose(first.vectors, second.vectors)
    assert template().surface.name == second.surface.name
