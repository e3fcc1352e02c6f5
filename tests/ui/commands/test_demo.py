"""``brainseek demo``: what it writes and says."""

import json
from pathlib import Path

from click.testing import CliRunner, Result
from PIL import Image

from brainseek.catalog.sections.section import read_section
from brainseek.ui.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_demo_writes_sheet_and_answers(tmp_path: Path) -> None:
    result = run("demo", "--sections", 2, "--out", tmp_path / "out")
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
