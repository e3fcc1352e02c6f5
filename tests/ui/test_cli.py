"""The command line: arguments in, JSON contract, table and exit status out."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from brainseek.catalog.sections.section import read_section
from brainseek.ui.cli import main
from tests.ui.made_answers import IDENTITY, made_answers, position_um

__all__ = ["made_answers"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def save(path: Path, gray: int) -> Path:
    """Write an image whose mean is ``gray``, which `made_identify` answers with."""
    pixels = np.full((40, 60), gray, np.uint8)
    pixels[:, :30] -= 5
    pixels[:, 30:] += 5
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def slides(tmp_path: Path) -> Path:
    folder = tmp_path / "slides"
    folder.mkdir()
    for name, gray in [("b.png", 30), ("a.png", 20), ("c.tif", 40)]:
        save(folder / name, gray)
    (folder / "notes.txt").write_text("no image")
    return folder


@pytest.mark.usefixtures("made_answers")
def test_json_is_the_contract(slides: Path, tmp_path: Path) -> None:
    target = tmp_path / "answers.json"
    result = run("identify", slides, "--atlas", "mouse-nissl", "-k", 2, "--json", target)
    assert result.exit_code == 0, result.output
    assert json.loads(target.read_text()) == {
        "atlas": "mouse-nissl",
        "encoder": IDENTITY,
        "sections": [
            {
                "file": str(slides / name),
                "none_of_these": 0.25,
                "candidates": [
                    {
                        "plate": plate + r,
                        "rank": r,
                        "score": 0.9 - 0.01 * r,
                        "confidence": 0.5 / 2**r,
                        "position_um": position_um("mouse-nissl", plate + r),
                    }
                    for r in range(2)
                ],
            }
            for name, plate in [("a.png", 20), ("b.png", 30), ("c.tif", 40)]
        ],
    }
    assert set(tmp_path.iterdir()) == {slides, target}


@pytest.mark.usefixtures("made_answers")
def test_an_unreadable_file_does_not_stop_the_others(slides: Path) -> None:
    (slides / "b.png").write_bytes(b"no image")
    result = run("identify", slides, slides / "missing.png", "--json", "-")
    assert result.exit_code == 2
    sections = json.loads(result.stdout)["sections"]
    assert [Path(s["file"]).name for s in sections] == ["a.png", "b.png", "c.tif", "missing.png"]
    assert [sorted(s) for s in sections[1::2]] == [["error", "file"]] * 2
    assert [s["candidates"][0]["plate"] for s in sections[::2]] == [20, 40]
    assert result.stderr.count("Error: ") == 2
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("made_answers")
def test_the_table_says_plate_position_and_doubt(slides: Path) -> None:
    result = run("identify", slides / "a.png")
    assert result.exit_code == 0
    for text in ("20", "2.00", "50 %", "25 %", "21, 22, 23"):
        assert text in result.stdout


@pytest.mark.usefixtures("made_answers")
def test_patterns_are_expanded_and_doubles_dropped(slides: Path) -> None:
    result = run("identify", slides / "*.png", slides / "a.png", "--json", "-")
    files = [Path(s["file"]).name for s in json.loads(result.stdout)["sections"]]
    assert files == ["a.png", "b.png"]


@pytest.mark.usefixtures("made_answers")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--atlas", "rat"], "choose one of"),
        (["--encoder", "resnet"], "plates-mni152"),
        (["-k", "0"], "0 is not in the range"),
        (["-k", "133"], "has 132 plates"),
        (["--pixel-size", "0"], "not in the range"),
        (["--axis", "3"], "not in the range"),
        (["--json", "nowhere/a.json"], "can't be written"),
        (["--contact-sheet", "nowhere/a.png"], "can't be written"),
    ],
)
def test_bad_arguments_exit_2_with_a_sentence(
    slides: Path, arguments: list[str], says: str
) -> None:
    result = run("identify", slides / "a.png", *arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("name", ["empty", "*.jpg"])
@pytest.mark.usefixtures("made_answers")
def test_nothing_to_read_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    result = run("identify", tmp_path / name)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


@pytest.mark.usefixtures("made_answers")
def test_slice_and_pixel_size_reach_the_reader(tmp_path: Path) -> None:
    import tifffile

    stack = np.random.default_rng(0).integers(10, 13, (3, 40, 60), dtype=np.uint8)
    stack += np.array([0, 50, 100], np.uint8)[:, None, None]
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    refused = run("identify", tmp_path / "stack.tif")
    assert refused.exit_code == 2
    chosen = run("identify", tmp_path / "stack.tif", "--slice", 1, "--pixel-size", 2, "--json", "-")
    assert json.loads(chosen.stdout)["sections"][0]["candidates"][0]["plate"] == 61


@pytest.mark.usefixtures("made_answers")
def test_demo_writes_sheet_and_answers(tmp_path: Path) -> None:
    result = run("demo", "--n", 2, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    answers = json.loads((tmp_path / "out" / "answers.json").read_text())
    assert answers["atlas"] == "mni152"
    assert [s["file"] for s in answers["sections"]] == ["demo-seed0-000", "demo-seed0-001"]
    assert Image.open(tmp_path / "out" / "contact-sheet.png").width > 800
    written = sorted((tmp_path / "out" / "sections").iterdir())
    assert [path.name for path in written] == ["demo-seed0-000.tif", "demo-seed0-001.tif"]
    assert read_section(written[0]).pixel_size_um == 500
    for text in ("median", "brainseek ui", "brainseek data get mouse-nissl-plates"):
        assert text in result.stdout


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


def test_atlas_list_names_every_atlas() -> None:
    from brainseek.catalog.atlases.registry import atlas_names

    result = run("atlas", "list")
    assert result.exit_code == 0
    for name in atlas_names():
        assert name in result.stdout


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from brainseek.ui.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0;"
        "heavy = {'numpy', 'torch', 'lancedb', 'streamlit', 'PIL', 'rich', 'pandas'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_unknown_command_exits_2() -> None:
    assert run("identfy").exit_code == 2
