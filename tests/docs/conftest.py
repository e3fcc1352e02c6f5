"""Where pages are run."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def docs_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one cache for all pages: what one of them made, another need not make again."""
    return tmp_path_factory.mktemp("docs-cache")


@pytest.fixture
def nothing_but_brainseek(
    docs_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """Give an empty working folder, no data sets and nobody to download them from."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("BRAINSEEK_CACHE", str(docs_cache))
    monkeypatch.setenv("BRAINSEEK_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("BRAINSEEK_MIRROR", raising=False)
    return monkeypatch
