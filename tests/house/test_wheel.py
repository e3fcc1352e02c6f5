"""The wheel, installed where nothing of this checkout is seen."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.house.imports import ROOT

HOSTILE = 'raise SystemExit("a file of the user was imported by brainseek")\n'
ASK = """
import sys
import brainseek

(demo,) = brainseek.demo_sections(1, seed=4)
answer = brainseek.identify(demo.section, atlas="mni152", k=3)
print(len(answer.candidates), brainseek.Collection.__name__, brainseek.__file__)
strangers = {"catalog", "embedder", "index", "registration", "trainers", "ui"} & set(sys.modules)
print(sorted(strangers))
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an environment that holds the wheel, and the dependencies by path."""
    folder = tmp_path_factory.mktemp("bare")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    wheel = next(folder.glob("*.whl"))
    install = ["-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([sys.executable, *install, "--python", str(python), str(wheel)], check=True)
    # A path in a .pth file brings the packages of that folder, but not its editable installs.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder


def run(bare: Path, *command: str) -> subprocess.CompletedProcess[str]:
    work = bare / "work"
    work.mkdir(exist_ok=True)
    for name in ("catalog", "embedder", "index", "registration", "trainers", "ui"):
        (work / f"{name}.py").write_text(HOSTILE)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment["BRAINSEEK_CACHE"] = str(bare / "cache")
    return subprocess.run(
        command, cwd=work, env=environment, capture_output=True, text=True, check=False
    )


def test_a_script_beside_files_named_like_our_rooms(bare: Path) -> None:
    work = bare / "work"
    work.mkdir(exist_ok=True)
    (work / "ask.py").write_text(ASK)
    done = run(bare, str(bare / "env" / "bin" / "python"), "ask.py")
    assert done.returncode == 0, done.stderr
    found, strangers = done.stdout.splitlines()
    assert found.startswith("3 Collection ")
    assert str(bare / "env") in found
    assert strangers == "[]"


def test_the_command_line_of_the_wheel(bare: Path) -> None:
    done = run(bare, str(bare / "env" / "bin" / "brainseek"), "--help")
    assert done.returncode == 0, done.stderr
    assert "identify" in done.stdout
    listed = run(bare, str(bare / "env" / "bin" / "brainseek"), "encoder", "list")
    assert "plates-mouse-nissl" in listed.stdout


def test_every_module_is_in_the_wheel(bare: Path) -> None:
    (site,) = (bare / "env" / "lib").glob("python*/site-packages")
    installed = {str(p.relative_to(site / "brainseek")) for p in (site / "brainseek").rglob("*.py")}
    ours = {
        str(path.relative_to(ROOT))
        for room in ("catalog", "embedder", "index", "registration", "synthesis", "trainers", "ui")
        for path in (ROOT / room).rglob("*.py")
    }
    assert installed == ours | {"__init__.py"}
    for name in ("__init__.pyi", "py.typed"):
        assert (site / "brainseek" / name).is_file()
    assert not {path.name for path in site.iterdir()} & {"catalog", "index", "ui"}
