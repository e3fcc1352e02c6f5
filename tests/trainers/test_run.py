"""A real, very short training on the embedded atlas: log, resume, release, distributed."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from brainseek.catalog.core.checkout import checked_out
from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.registry import load_encoder
from brainseek.trainers.plates.scores import ranks_of_truth
from brainseek.trainers.recipe import load_recipe
from brainseek.trainers.release.release import release
from brainseek.trainers.run import learning_rate_factor, train
from tests.trainers.broken_run import broken_run
from tests.trainers.two_ranks import run_two_ranks

SHORT = [
    "schedule.steps=6", "schedule.warm_up=2", "validation.every=3", "validation.cuts=8",
    "batch.plates=8", "batch.cuts=8", "preprocessing.size=48", "network.dim=16",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return train("plates-mni152", tmp_path_factory.mktemp("runs") / "a", changes=SHORT, workers=0)


def test_a_run_leaves_all_that_is_needed_to_repeat_it(run):
    names = {path.name for path in run.iterdir()}
    expected = {"recipe.yaml", "environment.json", "log.csv", "checkpoint.pt"}
    assert expected | {"network.safetensors"} <= names
    rows = list(csv.DictReader((run / "log.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["step"] for row in rows] == ["3", "6"]
    assert all(np.isfinite(float(row["loss"])) for row in rows)
    assert load_recipe(run / "recipe.yaml").schedule.steps == 6


def test_the_environment_names_the_state_of_the_code(run):
    told = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    assert told["torch"] == torch.__version__
    assert told["commit"] is None or len(told["commit"].split(" with ")[0]) == 40
    assert told["commit"] == checked_out()


def test_a_resumed_run_ends_where_an_unbroken_one_does(run, tmp_path):
    out = tmp_path / "b"
    broken_run("plates-mni152", out, SHORT, step=3)
    train("plates-mni152", out, resume=True, changes=SHORT, workers=0)
    whole = torch.load(run / "checkpoint.pt")["network"]
    resumed = torch.load(out / "checkpoint.pt")["network"]
    for name, value in whole.items():
        assert torch.allclose(value, resumed[name], atol=1e-5), name


def test_folders_are_not_overwritten_or_resumed_by_mistake(run, tmp_path):
    with pytest.raises(BrainseekError, match="already holds a run"):
        train("plates-mni152", run, changes=SHORT, workers=0)
    with pytest.raises(BrainseekError, match="no run to resume"):
        train("plates-mni152", tmp_path / "none", resume=True, changes=SHORT, workers=0)
    with pytest.raises(BrainseekError, match="another recipe"):
        train("plates-mni152", run, resume=True, changes=["seed=9", *SHORT], workers=0)


def test_a_recipe_that_can_not_be_trained_leaves_no_folder(tmp_path):
    for wrong, sentence in (
        ("loss.temprature=0.1", "loss 'distance-weighted': unknown key 'temprature'"),
        ("augmentation.kind=weak", "Unknown augmentation 'weak'"),
        ("atlas=moon", "moon"),
    ):
        with pytest.raises(BrainseekError, match=sentence):
            train("plates-mni152", tmp_path / "run", changes=[*SHORT, wrong], workers=0)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_can_not_be_written_holds_no_half_run(tmp_path):
    (tmp_path / "environment.json").mkdir()
    with pytest.raises(BrainseekError, match="can't be written"):
        train("plates-mni152", tmp_path, changes=SHORT, workers=0)
    assert not (tmp_path / "recipe.yaml").exists()


def test_a_released_run_can_be_loaded_and_ranks_its_plates_first(run, tmp_path):
    card = release(run, "tiny", folder=tmp_path)
    encoder, gallery = load_encoder("tiny", folder=tmp_path), load_gallery("tiny", tmp_path)
    assert encoder.identity == gallery.encoder == card.identity
    from brainseek.catalog.atlases.registry import load_atlas

    atlas = load_atlas("mni152")
    vector = encoder.embed([atlas.plate_image(int(gallery.numbers[20]))])
    assert int((gallery.vectors @ vector[0]).argmax()) == 20
    assert card.measured["cuts"]["n"] == 8


def test_an_unfinished_run_is_not_released(tmp_path):
    with pytest.raises(BrainseekError, match="no finished run"):
        release(tmp_path, "tiny", folder=tmp_path)


def test_two_ranks_train_together(tmp_path):
    code = (
        "import sys; from brainseek.trainers.run import train; "
        f"train('plates-mni152', sys.argv[1], changes={SHORT!r}, workers=0)"
    )
    run_two_ranks(tmp_path / "go.py", code, tmp_path / "run")
    assert (tmp_path / "run" / "network.safetensors").is_file()


def test_rate_warms_up_and_decays():
    schedule = load_recipe("plates").schedule
    factors = [learning_rate_factor(step, schedule) for step in range(schedule.steps)]
    assert factors[0] < 0.1
    assert max(factors) == pytest.approx(1.0, abs=1e-3)
    assert factors[-1] < 0.03
    assert learning_rate_factor(999, load_recipe("plates-siamese").schedule) == 1.0


def test_rank_of_the_true_plate_counts_the_plates_before_it():
    similarity = np.array([[0.1, 0.9, 0.5], [0.7, 0.2, 0.6]], np.float32)
    ranks = ranks_of_truth(similarity, np.array([4, 5, 6]), np.array([6, 5]))
    assert ranks.tolist() == [1, 2]
