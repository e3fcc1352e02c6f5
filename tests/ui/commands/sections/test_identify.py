"""``brainseek identify``: arguments in, JSON contract, table and exit status out."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.registration.plates.encoder_choice import choose_encoder
from brainseek.registration.plates.identify import identify as identify_sections
from brainseek.ui.cli import main
from brainseek.ui.reports.answers import percent

PLATES = {"b.png": 30, "a.png": 20, "c.tif": 40}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["identify", *(str(a) for a in arguments)])


@pytest.fixture
def slides(tmp_path: Path) -> Path:
    """Plates of mni152, each of which is found as itself."""
    folder = tmp_path / "slides"
    folder.mkdir()
    atlas = load_atlas("mni152")
    for name, plate in PLATES.items():
        Image.fromarray(atlas.plate_image(plate)).save(folder / name)
    (folder / "notes.txt").write_text("no image")
    return folder


def test_json_is_the_contract(slides: Path, tmp_path: Path) -> None:
    target = tmp_path / "answers.json"
    result = run(slides, "--atlas", "mni152", "-k", 2, "--json", target)
    assert result.exit_code == 0, result.output
    paths = [slides / name for name in sorted(PLATES)]
    found = identify_sections(paths, atlas="mni152", k=2)
    content = json.loads(target.read_text())
    assert content == {
        "atlas": "mni152",
        "encoder": choose_encoder("mni152").identity,
        "sections": [
            {
                "file": str(path),
                "none_of_these": pytest.approx(answer.none_of_these, abs=1e-6),
                "candidates": [
                    {
                        "plate": candidate.plate,
                        "rank": rank,
                        "score": pytest.approx(candidate.score, abs=1e-6),
                        "confidence": pytest.approx(candidate.confidence, abs=1e-6),
                        "position_um": candidate.position_um,
                    }
                    for rank, candidate in enumerate(answer.candidates)
                ],
            }
            for path, answer in zip(paths, found, strict=True)
        ],
    }
    best = [section["candidates"][0]["plate"] for section in content["sections"]]
    assert best == [PLATES[path.name] for path in paths]
    assert set(tmp_path.iterdir()) == {slides, target}


def test_an_unreadable_file_does_not_stop_the_others(slides: Path) -> None:
    (slides / "b.png").write_bytes(b"no image")
    result = run(slides, slides / "missing.png", "--atlas", "mni152", "--json", "-")
    assert result.exit_code == 2
    sections = json.loads(result.stdout)["sections"]
    assert [Path(s["file"]).name for s in sections] == ["a.png", "b.png", "c.tif", "missing.png"]
    assert [sorted(s) for s in sections[1::2]] == [["error", "file"]] * 2
    assert [s["candidates"][0]["plate"] for s in sections[::2]] == [20, 40]
    assert result.stderr.count("Error: ") == 2
    assert "Traceback" not in result.output


def test_what_ails_every_file_is_said_once(tmp_path: Path) -> None:
    import tifffile

    for number in range(6):
        tifffile.imwrite(tmp_path / f"{number}.tif", np.zeros((3, 40, 60), np.uint8),
                         photometric="minisblack")  # fmt: skip
    result = run(tmp_path, "--atlas", "mni152")
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert said.count("Error: ") == 1
    assert "the same holds for 5 more files: 1.tif, 2.tif, 3.tif, …" in said


def test_the_table_says_plate_position_and_doubt(slides: Path) -> None:
    result = run(slides / "a.png", "--atlas", "mni152")
    assert result.exit_code == 0
    answer = identify_sections([slides / "a.png"], atlas="mni152")[0]
    best, *others = answer.candidates
    for text in (
        "20",
        f"{best.position_um / 1000:.2f}",
        percent(best.confidence),
        percent(answer.none_of_these),
        ", ".join(str(other.plate) for other in others[:3]),
    ):
        assert text in result.stdout


def test_patterns_are_expanded_and_doubles_dropped(slides: Path) -> None:
    result = run(slides / "*.png", slides / "a.png", "--atlas", "mni152", "--json", "-")
    files = [Path(s["file"]).name for s in json.loads(result.stdout)["sections"]]
    assert files == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--atlas", "rat"], "mni152"),
        (["--encoder", "resnet"], "plates-mni152"),
        (["-k", "0"], "0 is not in the range"),
        (["-k", "133"], "has 132 plates"),
        (["--pixel-size", "0"], "not in the range"),
        (["--axis", "3"], "not in the range"),
        (["--json", "nowhere/a.json"], "can't be written"),
        (["--picture", "nowhere/a.png"], "can't be written"),
        (["--order", "unknown"], "--order belongs to --series"),
        (["--tilt"], "--tilt belongs to --series"),
        (["--series", "--picture", "a.png"], "leave one out"),
    ],
)
def test_bad_arguments_exit_2_with_a_sentence(
    slides: Path, arguments: list[str], says: str
) -> None:
    result = run(slides / "a.png", *arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("name", ["empty", "*.jpg"])
def test_nothing_to_read_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    result = run(tmp_path / name)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_slice_and_pixel_size_reach_the_reader(tmp_path: Path) -> None:
    import tifffile

    atlas = load_atlas("mni152")
    stack = np.stack([atlas.plate_image(plate) for plate in (30, 61, 70)])
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    refused = run(tmp_path / "stack.tif", "--atlas", "mni152")
    assert refused.exit_code == 2
    chosen = run(tmp_path / "stack.tif", "--slice", 1, "--pixel-size", 2, "--atlas", "mni152",
                 "--json", "-")  # fmt: skip
    assert json.loads(chosen.stdout)["sections"][0]["candidates"][0]["plate"] == 61
