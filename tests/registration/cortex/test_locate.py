"""Locating patches: places, spread and areas against slow loops, inputs of all kinds."""

import json

import numpy as np
import pytest
from PIL import Image

from brainseek import BrainseekError, locate_cortex, locate_cortex_vertices
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.vertex_labels import kept_labels
from brainseek.registration.cortex.cortex_place import spread_um, vote_weights, votes
from brainseek.registration.cortex.gallery import cortex_gallery
from brainseek.registration.cortex.patch_input import middle_planes, read_patch
from tests.embedder.made_cortex_encoder import BLOCK, FLAT, places, template

__all__ = ["places"]


@pytest.fixture(scope="module")
def vertex(places) -> int:
    return int(cortex_gallery("flat", places).vertices[40])


@pytest.fixture(scope="module")
def patch(vertex) -> np.ndarray:
    place = template()
    return FLAT.cut(FLAT.patches(place.volume, place.surface), vertex)


def test_a_place_of_the_gallery_finds_itself(places, vertex, patch):
    found = locate_cortex(patch, k=7, folder=places)
    gallery = cortex_gallery("flat", places)
    assert found.encoder == gallery.encoder
    assert found.vertices[0] == vertex
    assert found.scores[0] > 0.9999
    assert (np.diff(found.scores) <= 0).all()
    surface = gallery.surface
    np.testing.assert_array_equal(found.points_um, surface.vertices_um[found.vertices])
    sides = [("left", "right")[surface.hemisphere[v]] for v in found.vertices]
    assert list(found.hemispheres) == sides
    assert found.hemisphere_shares["left"] == pytest.approx(sides.count("left") / 7)
    assert any("symmetric" in remark for remark in found.remarks)


def test_the_spread_is_the_mean_distance_from_the_medoid(places, patch):
    found = locate_cortex(patch, k=30, folder=places)
    here = [i for i, side in enumerate(found.hemispheres) if side == found.hemispheres[0]]
    assert 2 < len(here) < 30
    geodesics = Geodesics(template().surface)
    means = []
    for i in here:
        row = geodesics.rows([found.vertices[i]])[0]
        weights = [found.scores[j] for j in here]
        total = sum(w * row[found.vertices[j]] for w, j in zip(weights, here, strict=True))
        means.append(total / sum(weights))
    assert found.spread_um == pytest.approx(min(means), rel=1e-5)
    assert locate_cortex(patch, k=1, folder=places).spread_um == 0


def test_votes_are_weighted_by_score():
    weights = vote_weights(np.array([0.9, 0.6, 0.3, -0.2]))
    np.testing.assert_allclose(weights, [0.9, 0.6, 0.3, 0])
    shares = votes(["b", "a", None, "a"], weights)
    assert [name for name, _ in shares] == ["b", "a"]
    assert [share for _, share in shares] == pytest.approx([0.5, 1 / 3])
    np.testing.assert_array_equal(vote_weights(np.array([-0.1, -0.3])), [1, 1])
    tied = votes(["b", "a"], np.ones(2))
    assert tied == (("a", 0.5), ("b", 0.5))
    assert spread_um(Geodesics(template().surface), np.array([5, 9]), np.zeros(2)) == 0


def test_areas_are_those_of_the_hits(places, patch, shared_data):
    labels = kept_labels("fsaverage5", "julich")
    found = locate_cortex(patch, k=20, folder=places)
    expected: dict[str, float] = {}
    for v, score, area in zip(found.vertices, found.scores, found.hit_areas, strict=True):
        name = labels.names.get(int(labels.ids[v]))
        assert area == name
        if name is not None:
            expected[name] = expected.get(name, 0) + score / found.scores.sum()
    assert dict(found.areas) == pytest.approx(expected)
    assert [s for _, s in found.areas] == sorted((s for _, s in found.areas), reverse=True)
    assert json.loads(json.dumps(found.to_dict()))["hits"][3]["vertex"] == found.vertices[3]


def test_missing_labels_are_a_remark_or_an_error(places, patch, monkeypatch):
    kept_labels.cache_clear()
    monkeypatch.delenv("BRAINSEEK_MIRROR", raising=False)
    found = locate_cortex(patch, folder=places)
    assert found.areas == ()
    assert set(found.hit_areas) == {None}
    assert any("Areas are not named" in remark for remark in found.remarks)
    with pytest.raises(BrainseekError, match="julich-brain"):
        locate_cortex(patch, labels="julich", folder=places)
    with pytest.raises(BrainseekError, match="no labels 'economo'"):
        locate_cortex(patch, labels="economo", folder=places)


def test_middle_planes_are_the_planes_of_the_patches(vertex):
    place = template()
    cutter = FLAT.__class__(15, 4000.0, 3, 0.3).patches(place.volume, place.surface)
    np.testing.assert_allclose(
        middle_planes(cutter.block(vertex)), cutter.planes(vertex), atol=0.05
    )


def test_middle_planes_of_an_even_block_lie_between_its_slabs():
    r, c, s = np.mgrid[:4, :4, :4]
    found = middle_planes(100 * r + 10 * c + s)
    rows, columns = np.mgrid[:4, :4]
    np.testing.assert_allclose(found[:, :, 0], 100 * rows + 10 * columns + 1.5)
    np.testing.assert_allclose(found[:, :, 1], 100 * rows + 15 + columns)
    np.testing.assert_allclose(found[:, :, 2], 150 + 10 * columns + rows)


def test_blocks_and_planes_take_the_encoder_of_three_planes(places, vertex):
    place = template()
    cutter = BLOCK.patches(place.volume, place.surface)
    planes = locate_cortex(cutter.planes(vertex), k=5, folder=places)
    assert planes.encoder.startswith("block@")
    assert planes.vertices[0] == int(cortex_gallery("block", places).vertices[40]) == vertex
    finer = BLOCK.__class__(48, 5000 / 3, 3, 0.3).patches(place.volume, place.surface)
    block = locate_cortex(finer.block(vertex), pixel_um=5000 / 3, k=5, folder=places)
    assert block.encoder == planes.encoder
    with pytest.raises(BrainseekError, match=r"3 plane\(s\) and the encoder sees 1"):
        locate_cortex(cutter.planes(vertex), encoder="flat", folder=places)


def test_files_say_the_same_as_arrays(places, patch, tmp_path):
    expected = locate_cortex(patch, k=5, folder=places)
    np.save(tmp_path / "patch.npy", patch)
    found = locate_cortex(tmp_path / "patch.npy", k=5, folder=places)
    np.testing.assert_array_equal(found.vertices, expected.vertices)
    gray = np.clip(patch, 0, 255).astype(np.uint8)
    Image.fromarray(np.dstack([gray] * 3)).save(tmp_path / "patch.png")
    pixels, size = read_patch(tmp_path / "patch.png", None)
    np.testing.assert_array_equal(pixels, gray)
    assert size is None
    assert (
        locate_cortex(tmp_path / "patch.png", k=5, folder=places).vertices[0]
        == expected.vertices[0]
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none.npy", "can't be read as an array"),
        ("objects.npy", "can't be read as an array"),
        ("text.npy", "can't be read as an array"),
        ("line.npy", "is no patch"),
        ("bar.npy", "is no block"),
        ("t1.nii.gz", "is a volume"),
        ("none.png", "none.png"),
    ],
)
def test_files_that_are_no_patch_get_a_sentence(places, tmp_path, name, says):
    np.save(tmp_path / "objects.npy", np.array([{}, 1], object), allow_pickle=True)
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "line.npy", np.zeros(5))
    np.save(tmp_path / "bar.npy", np.zeros((5, 5, 7)))
    with pytest.raises(BrainseekError, match=says):
        locate_cortex(tmp_path / name, folder=places)


def test_numbers_and_names_out_of_range_get_a_sentence(places, patch):
    for k in (0, 151):
        with pytest.raises(BrainseekError, match="150 places"):
            locate_cortex(patch, k=k, folder=places)
    with pytest.raises(BrainseekError, match="choose one of block, flat"):
        locate_cortex(patch, encoder="flatt", folder=places)


def test_vertices_of_your_own_mesh_are_cut_and_located(places, vertex, patch):
    place = template()
    found, other = locate_cortex_vertices(
        place.volume, place.surface, [vertex, 20], encoder="flat", k=4, folder=places
    )
    by_name = locate_cortex_vertices(
        "mni152", place.surface, [20], encoder="flat", k=4, folder=places
    )
    assert found.vertices[0] == vertex
    np.testing.assert_array_equal(found.vertices, locate_cortex(patch, k=4, folder=places).vertices)
    np.testing.assert_array_equal(other.vertices, by_name[0].vertices)
    wall = int(np.flatnonzero(~place.surface.cortex)[0])
    for bad, says in (([wall], "medial wall"), ([-1], "0 to 20483"), ([0.5], "whole numbers")):
        with pytest.raises(BrainseekError, match=says):
            locate_cortex_vertices(place.volume, place.surface, bad, folder=places)
    assert locate_cortex_vertices(place.volume, place.surface, [], folder=places) == []
