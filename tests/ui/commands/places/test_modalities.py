"""``brainseek pairs``, ``search --find`` and ``locate-patch``: what is written and said."""

import io
import json
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from brainseek.catalog.pairs.store import load_pairs
from brainseek.embedder.registry import load_encoder
from brainseek.index.collection import Collection
from brainseek.index.fill.template import TemplateGrid
from brainseek.index.queries import ByImage
from brainseek.index.writing.thumbnails import patch_png
from brainseek.registration.patches.locate import locate_patch
from brainseek.registration.patches.plane_cut import plane_cut
from brainseek.ui.cli import main
from brainseek.ui.reports.pairs_picture import panels_of
from tests.embedder.made_multimodal_encoder import made_pair, release_untrained, smooth_field


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@dataclass(frozen=True)
class Refined:
    number: int
    move_um: float
    kept: bool

    @property
    def quality(self):
        from brainseek.registration.alignment.alignment import Quality

        return Quality(0.61, 0.9, 0.0, True, None)


@pytest.fixture
def weights(tmp_path):
    release_untrained(tmp_path / "weights", "mine")
    return tmp_path / "weights"


@pytest.fixture
def plates(monkeypatch):
    """Stand in for the search for planes, which takes minutes."""
    from brainseek.registration.pairs import nissl_af as modality_pairs

    refined = [Refined(20, 113.0, True), Refined(21, -40.0, False), Refined(22, 99.0, True)]
    monkeypatch.setattr(modality_pairs, "refine_plates", lambda: refined)
    monkeypatch.setattr(
        modality_pairs,
        "nissl_af_pairs",
        lambda given: [made_pair(n, atlas=None) for n, one in enumerate(given) if one.kept],
    )


def test_plates_are_paired_drawn_and_indexed(plates, weights, tmp_path, cache_dir):
    out = run("pairs", "nissl-af", "--picture", tmp_path / "o", "--collection", tmp_path / "c",
              "--encoder", "mine", "--weights", weights, "--stride-um", 700)  # fmt: skip
    assert out.exit_code == 0, out.output
    lines = [line.split() for line in out.stdout.splitlines()]
    assert ["20", "+113", "0.610", "yes"] in lines
    assert ["21", "-40", "0.610", "no"] in lines
    kept = load_pairs(cache_dir / "pairs" / "nissl-af")
    assert [pair.name for pair in kept] == ["made 0", "made 2"]
    names = sorted(path.name for path in (tmp_path / "o").iterdir())
    assert names == ["000.png", "001.png", "contact-sheet.png"]
    picture = np.asarray(Image.open(tmp_path / "o" / "000.png"))
    assert picture.shape[1] >= 3 * 200
    rows = Collection.open(tmp_path / "c").rows()
    assert {row["source_uri"].split("/")[2] for row in rows} == {"nissl-af"}
    assert f"{len(rows)} rows written" in out.stdout

    patch = kept[1].first.image[60:92, 80:112]
    (tmp_path / "p.png").write_bytes(patch_png(patch))
    ask = ("search", tmp_path / "c", tmp_path / "p.png", "--modality", "nissl",
           "--find", "autofluorescence", "--weights", weights, "--pixel-size", 25)  # fmt: skip
    found = run(*ask, "-k", 4, "--json", "-")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    query = ByImage(
        patch, "nissl", "autofluorescence", 25, encoder=load_encoder("mine", folder=weights)
    )
    hits = Collection.open(tmp_path / "c").search(query, 4)
    assert [hit["id"] for hit in told["hits"]] == hits.ids
    assert told["hits"][0]["modality"] == "autofluorescence"
    files = [tmp_path / "h.csv", tmp_path / "h.html"]
    shown = run(*ask, "--csv", files[0], "--html", files[1])
    assert shown.stdout.split()[:3] == ["rank", "score", "modality"]
    assert all(file.stat().st_size > 200 for file in files)
    both = run(*ask, "--json", "-", "--csv", tmp_path / "both.csv")
    assert len(json.loads(both.stdout)["hits"]) == 10
    assert (tmp_path / "both.csv").read_bytes() == files[0].read_bytes()
    none = run(*ask, "--where", "source_uri = 'x'")
    assert "no hits" in none.stderr
    wrong = run(*[("pli" if a == "nissl" else a) for a in ask])
    assert wrong.exit_code == 2
    assert "choose from nissl, autofluorescence" in wrong.stderr


@dataclass(frozen=True)
class RefinedSerial(Refined):
    position_um: float = 0.0


def test_serial_sections_are_paired_and_drawn(monkeypatch, tmp_path, cache_dir):
    from brainseek.registration.pairs import serial_nissl as room

    refined = [
        RefinedSerial(246, 113.4, True, 4633.4), RefinedSerial(258, -40.0, False, 4712.0),
    ]  # fmt: skip
    monkeypatch.setattr(room, "refine_serial", lambda: refined)
    monkeypatch.setattr(
        room,
        "serial_af_pairs",
        lambda given: [made_pair(one.number, atlas=None) for one in given if one.kept],
    )
    out = run("pairs", "serial-af", "--picture", tmp_path / "o")
    assert out.exit_code == 0, out.output
    lines = [line.split() for line in out.stdout.splitlines()]
    assert ["246", "4633", "+113", "0.610", "yes"] in lines
    assert ["258", "4712", "-40", "0.610", "no"] in lines
    assert [pair.name for pair in load_pairs(cache_dir / "pairs" / "serial-af")] == ["made 246"]
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        "000.png", "contact-sheet.png",
    ]  # fmt: skip


def test_polarised_light_says_that_the_pixel_size_is_assumed(shared_data, tmp_path):
    out = run("pairs", "pli", "--out", tmp_path / "p")
    assert out.exit_code == 0, out.output
    assert "was assumed" in out.stderr
    (pair,) = load_pairs(tmp_path / "p")
    assert (pair.modalities, pair.first.pixel_um) == (("transmittance", "retardation"), 25.0)
    other = run("pairs", "pli", "--out", tmp_path / "q", "--pixel-size", 1.3)
    assert "transmittance 1.3" in other.stdout
    maps = run(
        "pairs", "cellbody-pli", "--out", tmp_path / "h", "--path", shared_data / "hippomaps"
    )
    assert maps.exit_code == 0, maps.output
    assert "test of transfer" in maps.stderr
    assert len(load_pairs(tmp_path / "h")) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("nissl-af", "--collection", "c"), "go together"),
        (("nissl-af", "--path", "."), "does not belong to nissl-af"),
        (("serial-af", "--path", "."), "does not belong to serial-af"),
        (("nissl-ish", "--pixel-size", "3"), "belongs to pli alone"),
        (("cellbody-pli", "--path", "."), "is missing"),
    ],
)
def test_options_that_do_not_fit_are_one_sentence(options, words):
    out = run("pairs", *options)
    assert out.exit_code == 2
    assert words in out.stderr
    assert "Traceback" not in out.stderr


def test_checks_show_both_images_in_turn():
    pair = made_pair(0, atlas=None)
    first, second, checks = panels_of(pair, 100)
    assert max(first.shape) == 100
    square = max(4, 100 // 12)
    for row in (1, 9, 50, 75):
        for column in (2, 10, 17, 90):
            even = (row // square + column // square) % 2 == 0
            assert checks[row, column] == (first if even else second)[row, column]
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] < -0.99


def test_a_patch_is_anchored_and_drawn(weights, tmp_path, shared_data, monkeypatch):
    grid = TemplateGrid(3000.0, 1500.0, 0.5)
    monkeypatch.setattr("brainseek.registration.patches.locate.TemplateGrid", lambda: grid)
    patch = smooth_field((40, 40), 5)
    (tmp_path / "p.png").write_bytes(patch_png(255 - patch))
    out = run("locate-patch", tmp_path / "p.png", "--modality", "nissl", "--pixel-size", 25,
              "-k", 6, "--bright-field", "--weights", weights, "--picture", tmp_path / "a.png",
              "--json", tmp_path / "a.json")  # fmt: skip
    assert out.exit_code == 0, out.output
    answer = locate_patch(
        patch, "nissl", encoder="mine", folder=weights, k=6, pixel_um=25, grid=grid
    )
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["point_um"] == pytest.approx(answer.point_um)
    assert len(told["candidates"]) == 6
    assert f"AP {answer.point_um[0] / 1000:.2f} ±" in out.stdout
    assert "spread of the neighbours" in out.stdout
    assert "no calibration" in out.stderr
    picture = np.asarray(Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())).convert("RGB"))
    red = (np.abs(picture.astype(int) - (0xE5, 0x48, 0x4D)).sum(2) < 12).astype(np.uint8)
    assert cv2.connectedComponents(red)[0] - 1 == 3  # one place on each of three cuts
    both = run("locate-patch", tmp_path / "p.png", "--modality", "pli", "--weights", weights)
    assert both.exit_code == 2
    assert "mine: nissl, autofluorescence" in both.stderr


def test_the_place_lies_on_its_cuts(weights, shared_data):
    answer = locate_patch(
        smooth_field((40, 40), 5), "nissl", encoder="mine", folder=weights, k=6, pixel_um=25,
        grid=TemplateGrid(3000.0, 1500.0, 0.5), progress=False,
    )  # fmt: skip
    from brainseek.catalog.atlases.registry import load_atlas

    volume = load_atlas("mouse-ccf").volume
    voxel = (np.array(answer.point_um) - volume.origin_um) / volume.step_um
    # Voxels are 4 pixels wide; rows and columns as Volume.cut describes the orientations.
    wanted = {"coronal": (1, 2), "sagittal": (1, 0), "horizontal": (0, 2)}
    for orientation, (down, right) in wanted.items():
        cut = plane_cut(answer, orientation)
        assert cut.candidates.shape == (6, 2)
        np.testing.assert_allclose(cut.place, 4 * voxel[[down, right]] + 1.5, atol=1e-6)
        assert cut.gray.shape == tuple(4 * volume.data.shape[i] for i in (down, right))
