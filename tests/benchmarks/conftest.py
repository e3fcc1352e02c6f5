"""Folders of weights for the benchmarks: an empty one, and one with a hardly trained encoder."""

from pathlib import Path

import pytest
import torch

from benchmarks.shared.plate_methods import HUMAN
from brainseek.registration.plates.calibration import Calibration, write_calibration
from brainseek.registration.plates.ranker import kept_ranker
from brainseek.trainers.release.release import release
from brainseek.trainers.run import train

SHORT = [
    "schedule.steps=2", "schedule.warm_up=1", "validation.every=2", "validation.cuts=4",
    "batch.plates=8", "batch.cuts=4", "preprocessing.size=48", "network.dim=16",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    """Networks this small wait for their threads longer than they work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a folder of weights that is empty."""
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(tmp_path / "weights"))
    kept_ranker.cache_clear()
    yield tmp_path / "weights"
    kept_ranker.cache_clear()


@pytest.fixture(scope="session")
def short_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train an encoder of the human atlas for two steps."""
    return train("plates-mni152", tmp_path_factory.mktemp("run") / "a", changes=SHORT, workers=0)


@pytest.fixture
def tiny_human(no_weights: Path, short_run: Path) -> Path:
    """Release it into the folder, with a made calibration."""
    card = release(short_run, HUMAN, folder=no_weights)
    write_calibration(Calibration(card.identity, 0.05, 1.0, 20.0, 0.5, 0.6, "made up"))
    return no_weights
