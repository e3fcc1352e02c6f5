"""Two modalities as a training on made pairs: it learns, resumes and is released."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.store import save_pairs
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.registry import load_encoder
from brainseek.trainers.pairs.data import chosen_pairs, open_pairs, pairs_folder
from brainseek.trainers.pairs.scores import pair_score, true_ranks
from brainseek.trainers.recipe import load_recipe
from brainseek.trainers.release.release import release
from brainseek.trainers.run import train
from brainseek.trainers.tasks.modalities import ModalitiesTask, embed_patches, seeded_patches
from brainseek.trainers.tasks.plates import PlatesTask
from brainseek.trainers.tasks.registry import network_of, task_of
from tests.catalog.pairs.made_pairs import made_pair
from tests.trainers.broken_run import broken_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    pairs = [made_pair(seed, side=128) for seed in range(10)]
    return save_pairs(pairs, tmp_path_factory.mktemp("pairs") / "made")


def changes(folder, *more: str) -> list[str]:
    return [
        f"clip.pairs={folder}", "clip.modalities=[nissl, autofluorescence]", "clip.side_px=32",
        "clip.places=32", "clip.near_um=[300, 1000]", "clip.turn_deg=10", "clip.block=1",
        "clip.gap=0", "clip.validate=120", "network.trunk=graynet/16-32-64", "network.dim=32",
        "schedule.steps=40", "schedule.warm_up=5", "schedule.average=0.8",
        "schedule.learning_rate=0.004", "validation.every=20", *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory) -> Path:
    return train("clip", tmp_path_factory.mktemp("runs") / "a", changes=changes(folder), workers=0)


def test_the_recipe_decides_task_and_network(folder):
    recipe = load_recipe("clip", changes(folder))
    assert isinstance(task_of(recipe), ModalitiesTask)
    assert network_of(recipe).modalities == ("nissl", "autofluorescence")
    plates = load_recipe("plates-mni152", ["validation.cuts=2"])
    assert isinstance(task_of(plates), PlatesTask)


def test_forty_steps_find_places_of_sections_never_seen(run, folder):
    """Both directions, on the held-out blocks, against chance and the untrained network."""
    rows = list(csv.DictReader((run / "log.csv").read_text(encoding="utf-8").splitlines()))
    last = {key.partition("/")[2]: float(value) for key, value in rows[-1].items()}
    chance = 5 / last["n"]
    assert last["n"] == 120
    assert min(last["recall5_forward"], last["recall5_back"]) > 8 * chance
    recipe = load_recipe(run / "recipe.yaml")
    torch.manual_seed(0)
    untrained = task_of(recipe).validate(network_of(recipe))["validation blocks"]
    assert last["recall5_forward"] > 2 * untrained.recall5_forward + chance


def test_the_learned_temperature_is_kept_and_resumed(run, folder, tmp_path):
    whole = torch.load(run / "checkpoint.pt")
    assert whole["loss"]["logit_scale"].item() != pytest.approx(-math.log(0.07), abs=1e-4)
    broken_run("clip", tmp_path / "b", changes(folder), step=20)
    train("clip", tmp_path / "b", resume=True, changes=changes(folder), workers=0)
    resumed = torch.load(tmp_path / "b" / "checkpoint.pt")
    for part in ("loss", "network"):
        for name, value in whole[part].items():
            assert torch.allclose(value, resumed[part][name], atol=1e-4), name


def test_a_released_run_is_loaded_and_measured_on_held_out_blocks(run, tmp_path):
    card = release(run, "tiny", folder=tmp_path)
    encoder = load_encoder("tiny", "cpu", tmp_path)
    assert encoder.identity == card.identity
    assert card.training["sections"] == {"train": 6, "validation": 2, "test": 2, "unused": 0}
    recipe = load_recipe(run / "recipe.yaml")
    patches = seeded_patches(chosen_pairs(recipe.clip)["test"], recipe.clip)
    first, second = (encoder.embed(patches[:, i], card.modalities[i]) for i in (0, 1))
    spread = np.array([[spread_gray(one) for one in place] for place in patches])
    both = embed_patches(encoder.network, spread)
    np.testing.assert_allclose(np.stack([first, second], axis=1), both, atol=1e-5)
    ranks = true_ranks(first, second)
    assert card.measured["test"]["recall5_forward"] == pytest.approx((ranks <= 5).mean(), abs=0.02)
    assert card.measured["test"]["n"] == len(patches)


def test_sigmoid_loss_and_separate_trunks_train_too(folder, tmp_path):
    more = ["loss.kind=siglip", "clip.shared=false", "clip.negatives=random", "schedule.steps=2"]
    out = train("clip", tmp_path / "c", changes=changes(folder, *more), workers=0)
    state = torch.load(out / "checkpoint.pt")["loss"]
    assert state["logit_bias"].item() != -10


def test_pairs_by_name_lie_in_the_cache(folder, cache_dir):
    assert pairs_folder("made") == cache_dir / "pairs" / "made"
    with pytest.raises(BrainseekError, match="make them with `brainseek pairs made`"):
        open_pairs("made", 25.0)
    save_pairs([made_pair(1, side=64)], pairs_folder("made"))
    assert [pair.name for pair in open_pairs("made", 25.0)] == ["made 1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("clip.modalities=[nissl, pli]", "'pli' does not occur .* from autofluorescence, nissl"),
        ("clip.modalities=[autofluorescence, nissl]", "there are nissl - autofluorescence; name"),
        ("clip.modalities=[nissl]", "is no pair: name two"),
        ("clip.block=50", r"left for validation: lower clip\.block \(now 50\)"),
        ("clip.split=some", "split 'some' is unknown"),
    ],
)
def test_impossible_choices_are_named(folder, change, message):
    with pytest.raises(BrainseekError, match=message):
        task_of(load_recipe("clip", changes(folder, change)))


def test_the_split_all_says_that_it_was_trained_on(folder):
    task = task_of(load_recipe("clip", changes(folder, "clip.split=all", "clip.validate=20")))
    assert len(task.pairs["train"]) == 10
    assert list(task.validate(network_of(task.recipe))) == ["trained blocks"]


def test_ranks_by_sorting_and_ties_by_their_mean():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 30, 4)).astype(np.float32)
    found = true_ranks(first, second)
    for i in range(30):
        order = sorted(range(30), key=lambda j: -float(first[i] @ second[j]))
        assert found[i] == order.index(i) + 1
    collapsed = np.full((30, 2, 4), 0.5, np.float32)
    score = pair_score(collapsed)
    assert (score.recall5_forward, score.median_rank_back, score.error) == (0, 15.5, 1)
    assert pair_score(np.stack([first, first], 1) / 9).n == 30
