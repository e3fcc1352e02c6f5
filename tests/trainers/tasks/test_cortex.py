"""Cortical places as a training: pairs, batches, validation and a short run."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainseek import BrainseekError
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.embedder.networks.embedding import build_network
from brainseek.trainers.cortex.data import CORTEX_DATA, cortex_data
from brainseek.trainers.cortex.distances import (
    StraightDistances,
    area_labels,
    kept_geodesics,
    pair_distances,
)
from brainseek.trainers.embed import embed_pictures
from brainseek.trainers.recipe import CortexSettings, load_recipe
from brainseek.trainers.run import train
from brainseek.trainers.tasks.cortex import CortexTask
from brainseek.trainers.tasks.plates import PlatesTask
from brainseek.trainers.tasks.registry import task_of

SMALL = [
    "cortex.data=t1-mni152", "cortex.side_px=24", "cortex.pixel_um=2000", "cortex.places=8",
    "cortex.validate=40", "schedule.steps=2", "validation.every=2", "network.dim=8",
    "cortex.planes=1", "network.trunk=graynet",
]  # fmt: skip


def recipe(*changes: str):
    return load_recipe("cortex-geodesic", [*SMALL, *changes])


@pytest.fixture(scope="module")
def data():
    return cortex_data("t1-mni152", CortexSettings("", "views", side_px=24, pixel_um=2000.0))


def test_the_recipe_decides_the_task():
    assert isinstance(task_of(recipe()), CortexTask)
    assert isinstance(task_of(load_recipe("plates-mni152", ["validation.cuts=2"])), PlatesTask)


@pytest.mark.parametrize("side", ["left", "right"])
def test_batches_hold_one_hemisphere_and_their_distances(side):
    task = task_of(recipe(f"cortex.train={side}"))
    batches = task.batches(range(3), (0, 0))
    images, distances = batches[1]
    assert images.shape == (16, 1, 24, 24)
    vertices = np.repeat(batches.batches[0].vertices(1), 2)
    surface = task.data.surface
    assert surface.side(side)[vertices].all()
    expected = Geodesics(surface).between(vertices, vertices)
    np.testing.assert_allclose(distances, expected, atol=1.0)
    loss = task.loss(torch.nn.functional.normalize(torch.randn(16, 4), dim=1), distances)
    assert torch.isfinite(loss)


def test_straight_distances_are_shorter_and_stay_on_one_side(data):
    some = data.sample("left", 10, 0)
    other = data.sample("right", 4, 0)
    straight = StraightDistances(data.surface)
    along = pair_distances(CortexSettings("t1-mni152", "geodesic"), data.surface)
    assert (straight(some, some) <= along(some, some) * 1.02 + 1).all()
    assert np.isinf(straight(some, other)).all()


def test_samples_are_different_places_of_one_hemisphere(data):
    some = data.sample("right", 200, 3)
    assert len(np.unique(some)) == len(some) == 200
    assert data.surface.side("right")[some].all()
    assert data.surface.cortex[some].all()


def test_held_out_areas_are_unknown_to_the_labels(shared_data, data):
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


def test_three_planes_are_three_channels():
    task = task_of(recipe("cortex.planes=3"))
    images, _ = task.batches(range(1), (0, 0))[0]
    assert images.shape == (16, 3, 24, 24)
    score = task.validate(build_network("graynet-planes", 8))["other hemisphere"]
    assert np.isfinite(score.spearman)


def test_several_brains_teach_in_turn_and_the_first_one_validates(shared_data):
    task = task_of(recipe("cortex.also=[t1-colin27]", "schedule.steps=4"))
    alone = [task_of(recipe(f"cortex.data={name}")) for name in ("t1-mni152", "t1-colin27")]
    both, single = (t.batches(range(2), (5, 0)) for t in (task, alone[1]))
    assert [one.surface.name for one in both.batches] == ["fsaverage5", "colin27-20484"]
    for mine, other in zip(both[1], single[1], strict=True):
        assert torch.equal(mine, other)
    network = build_network("graynet", 8)
    assert task.validate(network) == alone[0].validate(network)


def test_profiles_are_learned_with_their_own_augmentation(shared_data, tmp_path):
    changes = [
        "cortex.data=bigbrain-profiles", "network.trunk=mlp", "augmentation={noise: 0.01}",
    ]  # fmt: skip
    task = task_of(recipe(*changes))
    images, distances = task.batches(range(1), (0, 0))[0]
    assert images.shape == (16, 1, 1, 57)
    assert distances.shape == (16, 16)
    assert "400 parcels" in task.data.remark
    folder = train(recipe(*changes), tmp_path / "run", workers=0)
    assert (folder / "network.safetensors").is_file()
    with pytest.raises(BrainseekError, match="unknown key 'mirror'"):
        task_of(recipe(*changes, "augmentation={mirror: 0}")).batches(range(1), (0, 0))


@pytest.mark.parametrize("name", ["bigbrain-profiles", "bigbrain-rendered"])
def test_bigbrain_has_one_plane(shared_data, name):
    with pytest.raises(BrainseekError, match="1 plane for every vertex, not 3"):
        cortex_data(name, CortexSettings("", "views", side_px=24, pixel_um=60.0, planes=3))


def test_profiles_of_a_parcel_are_one_profile(shared_data):
    settings = CortexSettings("", "views", side_px=24, pixel_um=60.0)
    source = cortex_data("bigbrain-profiles", settings).source
    parcel, usable = source.tissue.parcel, source.usable
    rng = np.random.default_rng(0)
    for number in (0, 150, 399):
        own = np.flatnonzero((parcel == number) & usable)
        vectors = np.concatenate([source(int(vertex), rng) for vertex in own])
        assert np.ptp(vectors[:, 7:], axis=0).max() == 0
        assert np.ptp(vectors[:, :7], axis=0).min() > 0
    every = np.concatenate([source(int(vertex), rng) for vertex in np.flatnonzero(usable)])
    assert len(np.unique(every[:, 7:], axis=0)) == 400
    assert every.min() > 0
    assert every.max() < 1


def test_pictures_in_uint8_and_in_shares_embed_alike():
    torch.manual_seed(0)
    network = build_network("graynet", 8).eval()
    pictures = np.random.default_rng(0).integers(0, 256, (5, 24, 24), dtype=np.uint8)
    whole = embed_pictures(network, pictures)
    shares = embed_pictures(network, (pictures / 255).astype(np.float32), batch=2)
    np.testing.assert_allclose(whole, shares, atol=1e-5)


def test_distances_are_kept_for_one_surface(data):
    assert kept_geodesics(data.surface) is kept_geodesics(data.surface)
    again = cortex_data("t1-mni152", CortexSettings("", "views", side_px=24, pixel_um=2000.0))
    assert again.surface is data.surface


@pytest.mark.parametrize("planes", [0, 2, 4])
def test_other_numbers_of_planes_are_refused(planes):
    with pytest.raises(BrainseekError, match=f"{planes} planes can't be cut"):
        CortexSettings("", "views", side_px=24, pixel_um=2000.0, planes=planes)


@pytest.mark.parametrize("name", ["geodesic", "supcon", "simclr", "straight"])
def test_shipped_recipes_differ_in_their_pairs_only(name):
    own, first = load_recipe(f"cortex-{name}"), load_recipe("cortex-geodesic")
    pairs = {"geodesic": "geodesic", "supcon": "areas", "simclr": "views", "straight": "straight"}
    assert own.cortex.pairs == pairs[name]
    cortex = replace(own.cortex, pairs="geodesic", labels=None, hold_out=0)
    same = replace(own, name=first.name, description=first.description, cortex=cortex)
    assert same == first


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
