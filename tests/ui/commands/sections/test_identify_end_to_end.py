"""``brainseek identify`` with the real encoder: good files are done, bad ones are named."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from PIL import Image

from brainseek.registration.plates.demo import demo_sections
from brainseek.ui.cli import main
from tests.catalog.made_nifti import write_toy

ROOT = Path(__file__).parents[4]


def brainseek(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['brainseek', *sys.argv[1:]]"
    command = [
        sys.executable,
        "-c",
        f"{code}; from brainseek.ui.cli import main; main()",
        *arguments,
    ]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240)


def write_sections(folder: Path) -> None:
    for number, one in enumerate(demo_sections(2, seed=11)):
        Image.fromarray((one.section.gray() * 255).astype(np.uint8)).save(
            folder / f"good é {number}.png"
        )
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("not an image")
    Image.fromarray(np.zeros((90, 90), np.uint8)).save(folder / "black.png")
    Image.fromarray(np.full((1, 1), 7, np.uint8)).save(folder / "dot.png")
    rng = np.random.default_rng(0)
    veiled = rng.integers(0, 255, (90, 90, 4), dtype=np.uint8)
    Image.fromarray(veiled).save(folder / "rgba.png")
    tifffile.imwrite(folder / "nan.tif", np.full((90, 90), np.nan, np.float32))
    tifffile.imwrite(folder / "stack.tif", rng.random((5, 90, 90)).astype(np.float32))


BAD = {"empty.png", "text.jpg", "black.png", "dot.png", "rgba.png", "nan.tif", "stack.tif"}


def test_bad_files_are_named_and_good_ones_done(tmp_path):
    slides = tmp_path / "slides"
    slides.mkdir()
    write_sections(slides)
    done = brainseek(
        "identify", "slides", "--atlas", "mni152", "-k", "88", "--json", "out.json",
        "--picture", "sheet.png", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    answer = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert answer["atlas"] == "mni152"
    assert "@" in answer["encoder"]
    sections = {Path(section["file"]).name: section for section in answer["sections"]}
    assert {name for name, section in sections.items() if "error" in section} == BAD
    for name in set(sections) - BAD:
        candidates = sections[name]["candidates"]
        assert [candidate["rank"] for candidate in candidates] == list(range(88))
        assert {candidate["plate"] for candidate in candidates} == set(range(1, 89))
    for name in BAD:
        assert len(sections[name]["error"]) < 400
        assert name in done.stderr
    assert Image.open(tmp_path / "sheet.png").size[0] > 500


def test_confidences_of_another_atlas_are_told_once(tmp_path):
    toy = write_toy(tmp_path)
    for number, one in enumerate(demo_sections(2, seed=11)):
        gray = (one.section.gray() * 255).astype(np.uint8)
        Image.fromarray(gray).save(tmp_path / f"{number}.png")
    asked = ["identify", "0.png", "1.png", "--atlas", str(toy), "--encoder", "plates-mni152"]
    for more in ([], ["--series"]):
        done = CliRunner().invoke(main, [str(tmp_path / a) if a.endswith(".png") else a
                                         for a in [*asked, *more]])  # fmt: skip
        assert done.exit_code == 0, done.output
        assert done.stderr.count("were calibrated on mni152, not on") == 1
        assert "calibrated" not in done.stdout
    calibrated = CliRunner().invoke(
        main, ["identify", str(tmp_path / "0.png"), "--atlas", "mni152"]
    )
    assert calibrated.exit_code == 0
    assert "calibrated" not in calibrated.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["identify", "good.png", "--atlas", "atlantis"], "mni152"),
        (["identify", "good.png", "--atlas", "mni152", "--encoder", "nobody"], "plates-mni152"),
        (["identify", "good.png", "--atlas", "mni152", "-k", "500"], "88 plates"),
        (["identify", "nowhere.png", "--atlas", "mni152"], "nowhere.png"),
        (["identify", "good.png", "--atlas", "mni152", "--json", "no/such/x.json"], "no/such"),
    ],
)
def test_wrong_questions_get_one_sentence_and_exit_2(tmp_path, arguments, sentence):
    section = demo_sections(1, seed=11)[0].section
    Image.fromarray((section.gray() * 255).astype(np.uint8)).save(tmp_path / "good.png")
    done = brainseek(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert sentence in done.stderr
