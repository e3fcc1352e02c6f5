"""``brainseek identify --series``: locks as typed, the table, JSON and exit status."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.series.angles import SeriesAngles
from brainseek.ui.cli import main
from brainseek.ui.commands.options.series import SeriesSettings


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    atlas = load_atlas("mni152")
    for i, number in enumerate((30, 38, 46, 54, 62)):
        Image.fromarray(atlas.plate_image(number)).save(tmp_path / f"Schnitt ä {i}.png")
    return tmp_path


def test_a_folder_is_placed_together(folder: Path) -> None:
    lock = f"--lock={folder / 'Schnitt ä 2.png'}=47"
    result = run("identify", "--series", folder, "--atlas", "mni152", lock, "--json", "-")
    assert result.exit_code == 0, result.output
    members = json.loads(result.stdout)["series"]["members"]
    assert [m["place"] for m in members] == [0, 1, 2, 3, 4]
    assert members[2]["plate"] == 47
    assert members[2]["locked"]
    assert [Path(m["file"]).name for m in members] == [f"Schnitt ä {i}.png" for i in range(5)]


def test_an_unreadable_member_is_told_and_the_rest_is_done(folder: Path) -> None:
    (folder / "Schnitt ä 1b.png").write_bytes(b"no picture")
    result = run("identify", "--series", folder, "--atlas", "mni152")
    assert result.exit_code == 2
    assert "not read" in result.output
    assert "6 sections" in result.output


def test_angles_are_told_where_they_are_wanted(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(
        "brainseek.ui.commands.sections.identify_series.series_angles",
        lambda section, answer, atlas: SeriesAngles(1.5, -2.0, (0.4, 0.6), 10.0, 5),
    )
    shown = run("identify", "--series", "--tilt", folder, "--atlas", "mni152")
    assert "pitch of 1.5 ± 0.4°" in " ".join(shown.output.split())
    kept = run("identify", "--series", "--tilt", folder, "--atlas", "mni152", "--json", "-")
    assert json.loads(kept.stdout)["angles"]["yaw_deg"] == -2.0
    alone = run("identify", folder, "--atlas", "mni152", "--tilt")
    assert alone.exit_code == 2
    assert "belongs to --series" in alone.output


def test_one_section_is_no_series(folder: Path) -> None:
    result = run("identify", "--series", folder / "Schnitt ä 0.png", "--atlas", "mni152")
    assert result.exit_code == 2
    assert "at least 2 sections" in result.output
    assert "Traceback" not in result.output


def test_options_of_a_series_need_it(folder: Path) -> None:
    result = run("identify", folder, "--order", "unknown")
    assert result.exit_code == 2
    assert "belongs to --series" in result.output


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("a.png",), "write FILE=PLATE"),
        (("a.png=x",), "no plate number"),
        (("z.png=3",), "is not in the series"),
        (("b.png=3",), "several times"),
        (("a.png=3", "a.png=4"), "keep one"),
    ],
)
def test_wrong_locks_are_refused(typed: tuple[str, ...], sentence: str) -> None:
    files = [Path("one/a.png"), Path("one/b.png"), Path("two/b.png")]
    with pytest.raises(BrainseekError, match=sentence):
        SeriesSettings(True, typed, None, None, False).locked(files)


def test_locks_name_files_by_path_or_name() -> None:
    files = [Path("one/a=1.png"), Path("one/b.png"), Path("two/b.png")]
    typed = ("a=1.png=3", "two/b.png=7")
    assert SeriesSettings(True, typed, None, None, False).locked(files) == {0: 3, 2: 7}
