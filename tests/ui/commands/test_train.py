"""``brainseek train`` passes everything on."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from brainseek.ui.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_train_passes_everything_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []

    def made_train(*args: object, **kwargs: object) -> Path:
        calls.append((args, kwargs))
        return tmp_path

    module = ModuleType("brainseek.trainers.run")
    module.train = made_train  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "brainseek.trainers.run", module)
    result = run("train", "plates", "--out", tmp_path, "--resume", "--set", "a=1", "--set", "b=2")
    assert result.exit_code == 0, result.output
    settings = {"resume": True, "changes": ("a=1", "b=2"), "workers": 1}
    assert calls == [(("plates", tmp_path), settings)]
