"""What every release reads of a run and writes, without a training."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import build_network, export_state
from brainseek.trainers.recipe import load_recipe, to_yaml
from brainseek.trainers.release import files as release_files
from tests.embedder.made_multimodal_encoder import made_card


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    recipe = load_recipe("plates-mni152", ["network.trunk=graynet", "network.dim=4"])
    (folder / "recipe.yaml").write_text(to_yaml(recipe), encoding="utf-8")
    (folder / "environment.json").write_text('{"commit": "abc"}')
    torch.manual_seed(0)
    save_file(export_state(build_network("graynet", 4)), folder / "network.safetensors")
    return folder


def test_network_and_weights_are_the_run_s(run, tmp_path):
    recipe, network = release_files.finished_recipe(run), build_network("graynet", 4)
    assert recipe == load_recipe(run / "recipe.yaml")
    (tmp_path / "weights").write_bytes(release_files.trained_weights(run, network))
    assert not network.training
    trained, written = load_file(run / "network.safetensors"), load_file(tmp_path / "weights")
    assert trained.keys() == written.keys()
    for name, value in trained.items():
        assert torch.equal(value, written[name]), name
        assert torch.equal(value.float(), network.state_dict()[name].float()), name
    training = release_files.training_of(run, recipe, network, {"data": ["a"]})
    assert list(training) == ["recipe", "settings", "environment", "data", "parameters"]
    assert training["environment"] == {"commit": "abc"}
    assert training["settings"]["network"]["dim"] == 4
    assert training["parameters"] == sum(p.numel() for p in network.parameters())


def test_the_files_are_whole_and_nothing_else_is_left(tmp_path):
    card = made_card("made")
    release_files.write_released(tmp_path / "a" / "b", card, b"weights", b"gallery")
    release_files.write_released(tmp_path / "c", card, b"weights")
    names = [{path.name for path in (tmp_path / place).iterdir()} for place in ("a/b", "c")]
    assert names[1] == {"made.safetensors", "made.json"}
    assert names[0] == names[1] | {"made.gallery.safetensors"}
    assert (tmp_path / "a/b/made.gallery.safetensors").read_bytes() == b"gallery"
    assert json.loads((tmp_path / "c/made.json").read_text()) == json.loads(card.to_json())


def test_what_can_not_be_released_is_refused_before_anything_is_written(run, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with pytest.raises(BrainseekError, match="no finished run"):
        release_files.finished_recipe(tmp_path)
    monkeypatch.setattr(release_files, "LARGEST_BYTES", 100)
    with pytest.raises(BrainseekError, match=r"The weights take .* smaller network"):
        release_files.trained_weights(run, build_network("graynet", 4))
    with pytest.raises(BrainseekError, match="The gallery take 101 bytes"):
        release_files.write_released(out, made_card(), b"", bytes(101))
    assert not out.exists()
    out.write_text("a file")
    with pytest.raises(BrainseekError, match="can't be written"):
        release_files.write_released(out, made_card(), b"")
