"""Recipes are data: every shipped one loads, and wrong ones are refused in one sentence."""

from pathlib import Path

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import trunk_names
from brainseek.trainers.augmentations.patch import PatchAugmentation
from brainseek.trainers.augmentations.registry import build_augmentation
from brainseek.trainers.losses.registry import build_loss
from brainseek.trainers.recipe import load_recipe, recipe_names, to_yaml
from brainseek.trainers.settings import build


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipes_build_and_round_trip(name, tmp_path):
    recipe = load_recipe(name)
    assert recipe.name == name
    build_loss(recipe.loss)
    if recipe.task == "plates":
        build_augmentation(recipe.augmentation)
    else:
        build(PatchAugmentation, dict(recipe.augmentation), name)
    assert recipe.network.trunk in trunk_names() or recipe.network.trunk.startswith("timm/")
    copy = tmp_path / "recipe.yaml"
    copy.write_text(to_yaml(recipe), encoding="utf-8")
    assert load_recipe(copy) == recipe


def test_changes_reach_inner_keys():
    recipe = load_recipe("plates", ["schedule.steps=7", "seed=3", "network.dim=16"])
    assert (recipe.schedule.steps, recipe.seed, recipe.network.dim) == (7, 3, 16)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("schedule.stepps=7", "unknown key 'stepps'"),
        ("colour=red", "unknown key 'colour'"),
        ("schedule.steps=many", "must be int"),
        ("schedule.steps=true", "must be int"),
        ("network.dim", "not of the form KEY=VALUE"),
    ],
)
def test_wrong_changes_are_refused(change, sentence):
    with pytest.raises(BrainseekError, match=sentence):
        load_recipe("plates", [change])


def test_unknown_recipe_lists_the_known():
    with pytest.raises(BrainseekError, match="plates-siamese"):
        load_recipe("plate")


def test_a_missing_key_is_named(tmp_path: Path):
    path = tmp_path / "r.yaml"
    path.write_text("name: x\ndescription: y\n", encoding="utf-8")
    with pytest.raises(BrainseekError, match="'task' is missing"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("recipe", "change", "sentence"),
    [
        ("plates", "task=cortx", "unknown task 'cortx'; choose one of plates, cortex, modalities"),
        ("plates", "atlas=''", "'atlas' is missing; the task 'plates' learns from 'atlas'"),
        ("plates", "task=cortex", "'atlas' is too much; the task 'cortex' learns from 'cortex'"),
        ("cortex-t1", "cortex=", "'cortex' is missing"),
        ("clip", "atlas=mni152", "'atlas' is too much; the task 'modalities' learns from 'clip'"),
    ],
)
def test_a_recipe_has_what_its_task_learns_from_and_nothing_else(recipe, change, sentence):
    with pytest.raises(BrainseekError, match=sentence):
        load_recipe(recipe, [change])
