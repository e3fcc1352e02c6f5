"""Recipes are data: every shipped one loads, and wrong ones are refused in one sentence."""

from pathlib import Path

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import trunk_names
from brainseek.trainers.cortex.patch_augment import PatchAugmentation
from brainseek.trainers.losses import build_loss
from brainseek.trainers.plates.augment import build_augmentation
from brainseek.trainers.recipe import build, load_recipe, recipe_names, to_yaml


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipes_build_and_round_trip(name, tmp_path):
    recipe = load_recipe(name)
    assert recipe.name == name
    build_loss(recipe.loss)
    if recipe.cortex is None and recipe.clip is None:
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
    with pytest.raises(BrainseekError, match="'atlas' is missing"):
        load_recipe(path)
