"""Cortical places as a training: pairs, batches, validation and a short run."""

import numpy as np
import pytest
import torch

from brainseek import BrainseekError
from catalog.geodesics import Geodesics
from embedder.networks import build_network
from trainers.cortex_data import CORTEX_DATA, cortex_data
from trainers.cortex_task import CortexTask, StraightDistances, pair_distances, place_sample
from trainers.plates_task import PlatesTask
from trainers.recipe import CortexSettings, load_recipe
from trainers.run import train
from trainers.task import task_of

SMALL = [
    "cortex.data=t1-mni152", "cortex.side_px=24", "cortex.pixel_um=2000", "cortex.places=8",
    "cortex.validate=40", "schedule.steps=2", "validation.every=2", "network.dim=8",
]  # fmt: skip


def recipe(*changes: str):
    return load_recipe("cortex-geodesic", [*SMALL, *changes])


@pytest.fixture(scope="module")
def data():
    return cortex_data("t1-mni152", 24, 2000.0)


def test_the_recipe_decides_the_task():
    assert isinstance(task_of(recipe()), CortexTask)
    assert isinstance(task_of(load_recipe("plates-mni152", ["validation.cuts=2"])), PlatesTask)


@pytest.mark.parametrize("side", ["left", "right"])
def test_batches_hold_one_hemisphere_and_their_distances(side):
    task = task_of(recipe(f"cortex.train={side}"))
    batches = task.batches(range(3), (0, 0))
    images, distances = batches[1]
    assert images.shape == (16, 1, 24, 24)
    vertices = np.repeat(batches.vertices(1), 2)
    surface = task.data.surface
    assert surface.side(side)[vertices].all()
    expected = Geodesics(surface).between(vertices, vertices)
    np.testing.assert_allclose(distances, expected, atol=1.0)
    loss = task.loss(torch.nn.functional.normalize(torch.randn(16, 4), dim=1), distances)
    assert torch.isfinite(loss)


def test_straight_distances_are_shorter_and_stay_on_one_side(data):
    some = place_sample(data, "left", 10, 0)
    other = place_sample(data, "right", 4, 0)
    straight = StraightDistances(data.surface)
    along = pair_distances(CortexSettings("t1-mni152", "geodesic"), data.surface)
    assert (straight(some, some) <= along(some, some) * 1.02 + 1).all()
    assert np.isinf(straight(some, other)).all()


def test_samples_are_different_places_of_one_hemisphere(data):
    some = place_sample(data, "right", 200, 3)
    assert len(np.unique(some)) == len(some) == 200
    assert data.surface.side("right")[some].all()
    assert data.surface.cortex[some].all()


def test_held_out_areas_are_unknown_to_the_labels(shared_data, data):
    from trainers.cortex_task import area_labels

    every = area_labels(data.surface, "julich")
    some = area_labels(data.surface, "julich", hold_out=3)
    assert set(every[some == 0][every[some == 0] > 0] % 3) == {0}
    np.testing.assert_array_equal(some[some > 0], every[some > 0])
    left, right = (set(every[data.surface.side(side)]) for side in ("left", "right"))
    assert len(left & right) > 50


def test_validation_is_the_rank_correlation_with_distance():
    task = task_of(recipe())
    network = build_network("graynet", 8)
    (score,) = task.validate(network).values()
    assert score.n == 40
    assert -1 <= score.spearman <= 1
    assert score.error == 1 - score.spearman
    assert task.validate(network)["other hemisphere"] == score


@pytest.mark.parametrize("pairs", ["geodesic", "views"])
def test_a_run_goes_through(tmp_path, pairs):
    folder = train(recipe(f"cortex.pairs={pairs}"), tmp_path / "run", workers=0)
    assert (folder / "network.safetensors").is_file()
    assert "other hemisphere/spearman" in (folder / "log.csv").read_text().splitlines()[0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("cortex.data=t1", f"choose one of {', '.join(CORTEX_DATA)}"),
        ("cortex.pairs=near", "pairs 'near'"),
        ("cortex.pairs=areas", "areas with labels"),
        ("cortex.train=both", "hemisphere 'both'"),
    ],
)
def test_impossible_recipes_are_refused(change, sentence):
    with pytest.raises(BrainseekError, match=sentence):
        task_of(recipe(change))
