"""From a short run on the cortex to a released cortex encoder."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from brainseek import BrainseekError, cortex_gallery, locate_cortex_vertices
from brainseek.catalog.cortex.t1_volumes import load_cortex_volume
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.registry import encoder_names, load_encoder, read_card
from brainseek.index.vector_cache.exact import ExactIndex
from brainseek.trainers.recipe import load_recipe
from brainseek.trainers.release.release import release
from brainseek.trainers.run import train
from brainseek.trainers.tasks.cortex import CortexTask

CHANGES = [
    "cortex.data=t1-mni152", "cortex.planes=1", "network.trunk=graynet", "schedule.steps=20",
    "cortex.places=16", "cortex.validate=60", "cortex.side_px=16", "cortex.pixel_um=6000",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cortex") / "run"
    return train("cortex-geodesic", folder, changes=CHANGES, workers=0)


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("released") / "cortex"
    release(run, "toy", folder=out)
    return out


@pytest.fixture(scope="module")
def place():
    return load_cortex_volume("t1-mni152")


def test_three_whole_files_are_written(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "toy.gallery.safetensors",
        "toy.json",
        "toy.safetensors",
    ]
    assert encoder_names("cortex", folder) == ["toy"]


def test_the_card_says_what_was_trained_and_measured(run, folder):
    card = read_card("toy", folder)
    recipe = load_recipe(run / "recipe.yaml")
    assert (card.surface, card.data) == ("fsaverage5", "t1-mni152")
    assert (card.trunk, card.dim) == (recipe.network.trunk, recipe.network.dim)
    assert (card.view.side_px, card.view.pixel_um, card.view.planes) == (16, 6000.0, 1)
    assert card.training["settings"]["cortex"]["places"] == 16
    assert card.training["environment"] == json.loads((run / "environment.json").read_text())
    assert card.training["data"] == ["t1-mni152"]
    network = load_encoder("toy", "cpu", folder).network
    (score,) = CortexTask(recipe).validate(network).values()
    (measured,) = card.measured.values()
    assert measured["spearman"] == pytest.approx(score.spearman, abs=1e-6)


def test_the_weights_are_the_run_s(run, folder):
    trained = load_file(run / "network.safetensors")
    released = load_encoder("toy", "cpu", folder).network.state_dict()
    for name, value in trained.items():
        assert torch.equal(value.float(), released[name].float()), name


def test_every_cortical_vertex_is_in_the_gallery_and_finds_itself(folder, place):
    gallery = load_gallery("toy", folder)
    np.testing.assert_array_equal(gallery.numbers, np.flatnonzero(place.surface.cortex))
    np.testing.assert_allclose(np.linalg.norm(gallery.vectors, axis=1), 1, atol=1e-6)
    some = gallery.numbers[::1500]
    encoder = load_encoder("toy", "cpu", folder)
    vectors = encoder.embed_vertices(place.volume, place.surface, some)
    np.testing.assert_allclose(vectors, gallery.vectors[::1500], atol=1e-3)
    scores, _ = ExactIndex(gallery.vectors).search(vectors, 1)
    assert scores.min() > 0.9999


def test_the_released_encoder_locates(folder, place):
    vertex = int(np.flatnonzero(place.surface.cortex)[4321])
    (found,) = locate_cortex_vertices(place.volume, place.surface, [vertex], folder=folder)
    assert found.encoder == cortex_gallery(folder=folder).encoder
    assert vertex in found.vertices
    assert found.scores[0] > 0.9999


def test_what_can_not_be_released_is_refused(run, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(BrainseekError, match="no finished run"):
        release(tmp_path, "toy", folder=out)
    with pytest.raises(BrainseekError, match="choose one of t1-mni152"):
        release(run, "toy", gallery="t1-moon", folder=out)
    with pytest.raises(BrainseekError, match="learned cortex, which are released without views"):
        release(run, "toy", views=("mirrored",), folder=out)
    other = tmp_path / "other"
    other.mkdir()
    (other / "network.safetensors").write_bytes(b"")
    recipe = (run / "recipe.yaml").read_text()
    (other / "recipe.yaml").write_text(recipe.replace("t1-mni152", "bigbrain-rendered"))
    with pytest.raises(BrainseekError, match="learned from bigbrain-rendered"):
        release(other, "toy", folder=out)
    assert not out.exists()
