"""Fixtures: a made cortex encoder is released, and its gallery."""

from pathlib import Path

import pytest

from brainseek.registration.cortex.gallery import CortexGallery, cortex_gallery
from tests.ui.made_places import NAME, release_made_places


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    release_made_places(folder)
    return folder


@pytest.fixture(autouse=True)
def released(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(weights))


@pytest.fixture(scope="module")
def gallery(weights: Path) -> CortexGallery:
    return cortex_gallery(NAME, folder=weights / "cortex")
