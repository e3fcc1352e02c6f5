"""The recipes of the shipped encoders of places and of modalities are those on their cards."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from brainseek.trainers.recipe import load_recipe

WEIGHTS = Path(__file__).parents[3] / "weights"
TOLD = {"name", "description", "validation"}
"""What does not decide the weights."""


@pytest.mark.parametrize(
    ("card", "recipe"),
    [
        ("cortex/cortex-t1", "cortex-t1"),
        ("cortex/cortex-t1-patch", "cortex-t1-patch"),
        ("modalities/clip-nissl-af", "clip-nissl-af"),
    ],
)
def test_a_shipped_encoder_was_trained_with_its_recipe(card, recipe):
    there = json.loads((WEIGHTS / f"{card}.json").read_text(encoding="utf-8"))
    settings = there["training"]["settings"]
    asked = json.loads(json.dumps(asdict(load_recipe(recipe))))
    for key in settings.keys() - TOLD:
        if isinstance(settings[key], dict):  # a key that came later has its default
            said = {name: value for name, value in settings[key].items() if value is not None}
            assert said.items() <= asked[key].items(), key
        else:
            assert settings[key] == asked[key], key
