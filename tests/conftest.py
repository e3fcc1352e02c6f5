"""Fixtures shared by all rooms: the real data where they are, and a cache of one's own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"


def shared_folder() -> Path | None:
    """Return the folder of the real data sets, named by the mirror or beside the project."""
    named = os.environ.get("BRAINSEEK_MIRROR")
    folder = Path(named) if named else SHARED
    return folder.resolve() if folder.is_dir() else None


SHARED_FOLDER = shared_folder()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the real data sets; skips where there is none, but never in CI."""
    if SHARED_FOLDER is None:
        message = "the shared data sets are not on this machine (set BRAINSEEK_MIRROR)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return SHARED_FOLDER


@pytest.fixture(autouse=True)
def cache_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a cache of its own, and the shared data as its mirror."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("BRAINSEEK_CACHE", str(folder))
    if SHARED_FOLDER is not None:
        monkeypatch.setenv("BRAINSEEK_MIRROR", str(SHARED_FOLDER))
    else:
        monkeypatch.delenv("BRAINSEEK_MIRROR", raising=False)
    return folder


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """Put ``__main__`` back: Streamlit's tests leave their script there, and children run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
