"""``brainseek register``: what is written, what is said, and what one bad file leaves alone."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner, Result
from PIL import Image

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.registration.alignment.alignment import Alignment, Quality
from brainseek.registration.alignment.warp import Warp
from brainseek.registration.run.section_files import ENDINGS
from brainseek.registration.series.angles import SeriesAngles
from brainseek.registration.series.placed_series import Member, PlacedSeries
from brainseek.ui.cli import main
from tests.ui.made_answers import made_answers

__all__ = ["made_answers"]

ANYWHERE = [ending for ending in ENDINGS if ending != ".quicknii.json"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def said(result: Result) -> str:
    return " ".join(result.stderr.split())


def made_align(section, target, *, nonlinear=True, encoder=None, upside_down=None):
    """Stretch the section over the target."""
    shape = section.image.shape[:2]
    scale = np.array(target.image.shape[:2]) / np.array(shape)
    matrix = np.column_stack([np.diag(scale), (scale - 1) / 2])
    method = "affine+bspline" if nonlinear else "affine"
    quality = Quality(0.3, 0.9, 0.0, True, None)
    return Alignment(
        section, target, Warp(matrix, None, shape), quality, 0.1, method, {"made": "1"}
    )


@pytest.fixture
def made(made_answers, monkeypatch):
    monkeypatch.setattr("brainseek.registration.run.one_section.align", made_align)
    return made_answers


def save(path: Path, gray: int = 44) -> Path:
    path.parent.mkdir(exist_ok=True)
    pixels = np.full((60, 64), gray - 5, np.uint8)
    pixels[:, 32:] += 10
    Image.fromarray(pixels).resize((640, 600), Image.Resampling.NEAREST).save(path)
    return path


@pytest.mark.usefixtures("made")
def test_every_file_is_written_and_a_bad_one_only_named(tmp_path):
    paths = [save(tmp_path / "a b" / "s é.png"), save(tmp_path / "c" / "s é.png")]
    bad = tmp_path / "c" / "<bad>.png"
    bad.write_bytes(b"no image")
    out = tmp_path / "out" / "Läufe"
    json_file = tmp_path / "summary.json"
    result = run(
        "register", paths[0], bad, paths[1], "--atlas", "mni152", "--out", out,
        "--json", json_file,
    )  # fmt: skip
    assert result.exit_code == 2, result.output
    assert "<bad>.png" in said(result)
    assert "Traceback" not in result.output
    assert "There is no QuickNII file" in said(result)
    expected = {f"s é_{n}{ending}" for n in (1, 2) for ending in ANYWHERE}
    assert {path.name for path in out.iterdir()} == expected | {"series.csv", "report.html"}
    first, second, third = json.loads(json_file.read_text(encoding="utf-8"))["sections"]
    assert first["plate"] == third["plate"] == 44
    assert set(second) == {"file", "error"}
    with (out / "series.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    assert float(rows[0]["centre_y_um"]) == pytest.approx(72_000 - 2000 * 44)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "&lt;bad&gt;.png" in page
    assert "<bad>" not in page
    assert "http" not in page
    assert page.count("data:image/jpeg;base64,") == 2
    assert "made 1" in page
    labels = tifffile.imread(out / "s é_1.labels.tif")
    assert labels.shape == (600, 640)
    assert set(np.unique(labels)) <= {0, 1, 2}
    assert (labels > 0).any()


@pytest.mark.usefixtures("made")
def test_pixel_size_is_guessed_and_said_or_taken(tmp_path):
    section, out = save(tmp_path / "in" / "s.png"), tmp_path / "out"
    guessed = run("register", section, "--atlas", "mni152", "--plate", 44, "--out", out)
    assert guessed.exit_code == 0, guessed.output
    assert "does not state its pixel size" in said(guessed)
    table = list(csv.DictReader((out / "s.structures.csv").open(encoding="utf-8")))
    assert {row["area_um2"] for row in table} == {""}
    guess = float(next(csv.DictReader((out / "series.csv").open()))["estimated_pixel_size_um"])
    assert guess == pytest.approx(np.sqrt(197 * 189 / (640 * 600)) * 1000, rel=1e-3)
    given = run(
        "register", section, "--atlas", "mni152", "--plate", 44, "--pixel-size", 300, "--affine",
        "--out", out, "--json", "-",
    )  # fmt: skip
    assert json.loads(given.stdout)["sections"][0]["pixel_size_um"] == pytest.approx(300)
    (row, *_) = csv.DictReader((out / "s.structures.csv").open(encoding="utf-8"))
    assert float(row["area_um2"]) == pytest.approx(int(row["pixels"]) * 300**2)


@pytest.mark.usefixtures("made")
def test_points_go_into_the_atlas_and_back(tmp_path):
    section, out = save(tmp_path / "in" / "s 1.png"), tmp_path / "out"
    run("register", section, "--atlas", "mni152", "--plate", 44, "--affine", "--out", out)
    points = tmp_path / "points.csv"
    points.write_text("cell,row,column\na,299.5,319.5\nb,10,600\n")
    there = tmp_path / "there.csv"
    done = run("transform-points", out / "s 1.npz", points, "--to", "atlas", "--out", there)
    assert done.exit_code == 0, done.output
    first, _ = csv.DictReader(there.open())
    found = [float(first[f"{axis}_um"]) for axis in "xyz"]
    np.testing.assert_allclose(found, [0, -16_000, 22_000], atol=1)
    back = run("transform-points", out / "s 1.npz", there, "--to", "section")
    for row in csv.DictReader(back.stdout.splitlines()):
        assert float(row["section_row"]) == pytest.approx(float(row["row"]), abs=0.05)
        assert float(row["section_column"]) == pytest.approx(float(row["column"]), abs=0.05)
    wrong = run("transform-points", points, points, "--to", "atlas")
    assert wrong.exit_code == 2
    assert "not a coordinate map" in said(wrong)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "in"], "holds the images themselves"),
        (["--out", "in/s.png/deeper"], "can't be written"),
        (["--out", "o", "--plate", 99], "no plate 99"),
        (["--out", "o", "--plate", 44, "--plane", 0, 0, 0], "both a plate and a plane"),
        (["--out", "o", "--series", "--plate", 44], "can't all have one plate"),
        (["--out", "o", "--series"], "at least two sections"),
        (["--out", "o", "--lock", "s.png=4"], "--lock belongs to --series"),
        (["--out", "o", "--order", "unknown"], "belongs to --series"),
        (["--out", "o", "--tilt"], "belongs to --series"),
        (["--out", "o", "--series", "--lock", "s.png"], "write FILE=PLATE"),
        (
            ["in/s.png", "in/t.png", "--out", "o", "--series", "--lock", "u=4"],
            "is not in the series",
        ),
        (["--out", "o", "--atlas", "rat"], "rat"),
        (["--out", "o", "--encoder", "resnet"], "resnet"),
        (["--out", "o", "--plane", 1e9, 0, 0], "misses the volume"),
    ],
)
def test_wrong_questions_get_one_sentence(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "in" / "s.png")
    atlas = [] if "--atlas" in arguments else ["--atlas", "mni152"]
    result = run("register", "in/s.png", *atlas, *arguments)
    assert result.exit_code == 2
    assert says in said(result)
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


def test_a_section_that_resembles_no_plate_is_not_aligned_unasked(tmp_path, made):
    made.none_of_these = 0.9
    section = save(tmp_path / "in" / "s.png")
    result = run("register", section, "--atlas", "mni152", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "resembles no plate of mni152" in said(result)


@pytest.mark.usefixtures("made")
def test_a_series_gives_the_plates_and_its_bad_sections_do_not_stop_it(tmp_path, monkeypatch):
    paths = [save(tmp_path / "in" / f"s{n}.png") for n in range(4)]
    asked = {}

    def made_series(sections, names, ranker, *, order, locks, spacing_um):
        asked.update(atlas=ranker.choice.atlas, locks=locks, order=order, spacing_um=spacing_um)
        members = [
            Member(
                file=str(file),
                place=3 - n,
                plate=40 + n,
                position_um=0.0,
                matched_um=0.0,
                confidence=0.8,
                flipped=n == 1,
                turned_deg=180 * (n == 3),
                bad=n == 2,
                locked=n == 3,
            )
            for n, file in enumerate(names)
        ]
        return PlacedSeries(tuple(members), (3, 2, 1, 0), True, 400.0, (), ("They lie close.",))

    monkeypatch.setattr("brainseek.registration.run.series_places.place_series", made_series)
    out = tmp_path / "out"
    result = run(
        "register", *paths, "--atlas", "mni152", "--series", "--lock", "s3.png=43", "--out", out,
        "--order", "unknown", "--spacing", 400, "--json", "-",
    )  # fmt: skip
    assert result.exit_code == 2
    assert asked == {
        "atlas": "mni152", "locks": {3: 43}, "order": "unknown", "spacing_um": 400.0,
    }  # fmt: skip
    content = json.loads(result.stdout)
    assert "They lie close." in content["notes"]
    one, two, bad, four = content["sections"]
    assert [s["plate"] for s in (one, two, four)] == [40, 41, 43]
    assert [s["number"] for s in (one, two, four)] == [4, 3, 1]
    assert "too damaged" in bad["error"]
    assert "mirrored" in two["notes"][0]
    with np.load(out / "s1.npz") as held:
        assert held["x_um"][0, 0] > held["x_um"][0, -1]
        assert held["z_um"][0, 0] > held["z_um"][-1, 0]
    assert "upside down" in four["notes"][0]
    with np.load(out / "s3.npz") as held:
        assert held["x_um"][0, 0] > held["x_um"][0, -1]
        assert held["z_um"][0, 0] < held["z_um"][-1, 0]


def test_a_section_recognised_upside_down_is_aligned_turned(tmp_path, made):
    made.turned_deg = 180
    section, out = save(tmp_path / "in" / "s.png"), tmp_path / "out"
    result = run("register", section, "--atlas", "mni152", "--out", out)
    assert result.exit_code == 0, result.output
    assert "It lies upside down and was aligned turned" in said(result)
    with np.load(out / "s.npz") as held:
        assert held["x_um"][0, 0] > held["x_um"][0, -1]
        assert held["z_um"][0, 0] < held["z_um"][-1, 0]


@pytest.mark.usefixtures("made")
def test_a_tilted_series_is_aligned_to_cuts_at_its_angles(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "brainseek.registration.run.series_places.series_angles",
        lambda read, answer, atlas: SeriesAngles(4.0, -3.0, (0.5, 0.5), 1000.0, 4),
    )
    folder = real_series(tmp_path, (30, 38, 46, 54))
    out = tmp_path / "out"
    result = run(
        "register", folder, "--atlas", "mni152", "--series", "--tilt", "--affine", "--out", out,
        "--json", "-",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert any("pitch of 4.0 ± 0.5°" in note for note in content["notes"])
    assert {one["plate"] for one in content["sections"]} == {None}
    with np.load(out / "s1.npz") as held:
        corner = np.array([held[f"{axis}_um"][0, 0] for axis in "xyz"])
        across = np.array([held[f"{axis}_um"][0, -1] for axis in "xyz"]) - corner
        below = np.array([held[f"{axis}_um"][-1, 0] for axis in "xyz"]) - corner
    assert abs(np.degrees(np.arctan2(-below[1], -below[2]))) == pytest.approx(4, abs=0.5)
    assert abs(np.degrees(np.arctan2(across[1], across[0]))) == pytest.approx(3, abs=0.5)


def real_series(tmp_path: Path, plates) -> Path:
    """A folder of plates of the human atlas, ``s0.png`` and on."""
    atlas = load_atlas("mni152")
    folder = tmp_path / "in"
    folder.mkdir()
    for number, plate in enumerate(plates):
        Image.fromarray(atlas.plate_image(plate)).save(folder / f"s{number}.png")
    return folder


@pytest.mark.usefixtures("made")
def test_an_unread_member_of_a_series_is_named_and_the_rest_is_done(tmp_path):
    folder = real_series(tmp_path, (30, 38, 46))
    (folder / "s1b.png").write_bytes(b"no image")
    out = tmp_path / "out"
    result = run("register", folder, "--atlas", "mni152", "--series", "--affine", "--out", out)
    assert result.exit_code == 2
    assert result.stderr.count("Error:") == 1
    assert "s1b.png" in said(result)
    assert "Traceback" not in result.output
    assert {path.name for path in out.glob("*.npz")} == {"s0.npz", "s1.npz", "s2.npz"}
    with (out / "series.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [bool(row["error"]) for row in rows] == [False, False, True, False]


@pytest.mark.usefixtures("made")
def test_copies_of_one_picture_are_told(tmp_path):
    folder = real_series(tmp_path, [46] * 10)
    out = tmp_path / "out"
    result = run("register", folder, "--atlas", "mni152", "--series", "--affine", "--out", out)
    assert "All 10 sections fall within" in said(result)
    assert "9 of 10 sections look exactly like the one before" in said(result)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "All 10 sections fall within" in page


@pytest.mark.usefixtures("made")
def test_a_series_that_resembles_nothing_gets_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "brainseek.registration.plates.calibration.Calibration.none_of_these",
        lambda self, similarity: np.full(len(similarity), 0.8),
    )
    folder = real_series(tmp_path, (30, 38, 46))
    result = run("register", folder, "--atlas", "mni152", "--series", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "No section of the series resembles a plate of mni152" in said(result)
    assert "Traceback" not in result.output
    lock = ("--lock", "s1.png=38", "--affine", "--out", tmp_path / "out")
    assert run("register", folder, "--atlas", "mni152", "--series", *lock).exit_code == 0


@pytest.mark.usefixtures("made")
def test_a_series_of_empty_pictures_gets_one_sentence(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        noise = rng.normal(200, 6, (80, 120)).astype(np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
    result = run("register", folder, "--atlas", "mni152", "--series", "--out", out)
    assert result.exit_code == 2
    assert "None of the 3 pictures of the series shows tissue" in said(result)


def test_a_made_section_from_file_to_all_outputs(tmp_path):
    """No stand-ins: a cut of the template, identified, aligned and written."""
    pytest.importorskip("SimpleITK")
    from brainseek.embedder.preprocessing.section_gray import dark_background, to_gray_uint8
    from brainseek.registration.plates.demo import demo_sections

    section = demo_sections(2, seed=3)[1].section
    (tmp_path / "in").mkdir()
    Image.fromarray(section.image).save(tmp_path / "in" / "cut ü.png")
    out = tmp_path / "out"
    result = run(
        "register", tmp_path / "in", "--atlas", "mni152", "--pixel-size", 500, "--out", out
    )
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == {
        *(f"cut ü{ending}" for ending in ANYWHERE), "report.html", "series.csv",
    }  # fmt: skip
    labels = tifffile.imread(out / "cut ü.labels.tif")
    assert labels.shape == section.image.shape
    tissue = dark_background(to_gray_uint8(section.image)) > 40
    overlap = 2 * (tissue & (labels > 0)).sum() / (tissue.sum() + (labels > 0).sum())
    assert overlap > 0.6
