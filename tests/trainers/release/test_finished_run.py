"""What every release reads of a run and writes, without a training."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.networks.embedding import build_network, export_state
from brainseek.trainers.recipe import load_recipe, to_yaml
from brainseek.trainers.release.finished_run import LARGEST_BYTES, FinishedRun, Release, check_size
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
    finished, network = FinishedRun.open(run), build_network("graynet", 4)
    assert finished.recipe == load_recipe(run / "recipe.yaml")
    (tmp_path / "weights").write_bytes(finished.weights(network))
    assert not network.training
    trained, written = load_file(run / "network.safetensors"), load_file(tmp_path / "weights")
    assert trained.keys() == written.keys()
    for name, value in trained.items():
        assert torch.equal(value, written[name]), name
        assert torch.equal(value.float(), network.state_dict()[name].float()), name
    training = finished.training(network, {"data": ["a"]})
    assert list(training) == ["recipe", "settings", "environment", "data", "parameters"]
    assert training["environment"] == {"commit": "abc"}
    assert training["settings"]["network"]["dim"] == 4
    assert training["parameters"] == sum(p.numel() for p in network.parameters())


def test_the_files_are_whole_and_nothing_else_is_left(tmp_path):
    card = made_card("made")
    Release(card, b"weights", b"gallery").write(tmp_path / "a" / "b")
    Release(card, b"weights").write(tmp_path / "c")
    names = [{path.name for path in (tmp_path / place).iterdir()} for place in ("a/b", "c")]
    assert names[1] == {"made.safetensors", "made.json"}
    assert names[0] == names[1] | {"made.gallery.safetensors"}
    assert (tmp_path / "a/b/made.gallery.safetensors").read_bytes() == b"gallery"
    assert json.loads((tmp_path / "c/made.json").read_text()) == json.loads(card.to_json())


def test_what_can_not_be_released_is_refused_before_anything_is_written(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(BrainseekError, match="no finished run"):
        FinishedRun.open(tmp_path)
    with pytest.raises(BrainseekError, match=r"The weights take .* smaller network"):
        check_size("weights", bytes(LARGEST_BYTES + 1))
    with pytest.raises(BrainseekError, match=f"The gallery take {LARGEST_BYTES + 1} bytes"):
        Release(made_card(), b"", bytes(LARGEST_BYTES + 1)).write(out)
    assert not out.exists()
    out.write_text("a file")
    with pytest.raises(BrainseekError, match="can't be written"):
        Release(made_card(), b"").write(out)
