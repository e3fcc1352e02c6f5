"""``brainseek locate-cortex`` and ``brainseek cortex index``: tables, JSON, pictures, sentences."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from brainseek.registration.cortex.gallery import cortex_gallery
from brainseek.registration.cortex.locate import locate_cortex, locate_cortex_vertices
from brainseek.ui.cli import main
from brainseek.ui.reports.cortex_place_picture import GAP, TILE, cortex_place_picture
from tests.embedder.made_cortex_encoder import BLOCK, FLAT, places, template

__all__ = ["places"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(autouse=True)
def shipped(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the made encoders where the shipped ones lie."""
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(places))


def patch_of(vertex: int) -> np.ndarray:
    place = template()
    return FLAT.cut(FLAT.patches(place.volume, place.surface), vertex)


def test_a_point_is_cut_at_its_nearest_cortical_vertex(tmp_path: Path, places: Path) -> None:
    surface = template().surface
    at = (-42, -22, 54)
    away = np.linalg.norm(surface.vertices_um - np.array(at) * 1000, axis=1)
    away[~surface.cortex] = np.inf
    nearest = int(away.argmin())
    done = run("locate-cortex", "mni152", "--surface", "fsaverage5", "--at-mm", *at, "-k", 5,
               "--json", tmp_path / "a.json")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert f"vertex {nearest} of fsaverage5, {away.min() / 1000:.1f} mm" in done.stderr
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["query"]["vertex"] == nearest
    (expected,) = locate_cortex_vertices("mni152", surface, [nearest], k=5, folder=places)
    assert [hit["vertex"] for hit in told["hits"]] == list(expected.vertices)
    assert told["spread_um"] == pytest.approx(expected.spread_um)
    x, y, z = expected.points_um[0] / 1000
    for text in (f"{x:.1f}", f"{y:.1f}", f"{z:.1f}", f"{expected.spread_um / 1000:.1f} mm"):
        assert text in done.stdout
    assert "symmetric" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["a.json"]


def test_a_known_volume_brings_its_surface_and_finds_itself() -> None:
    vertex = int(cortex_gallery("flat").vertices[3])
    done = run("locate-cortex", "t1-mni152", "--vertex", vertex, "--encoder", "flat", "--json", "-")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["hits"][0]["vertex"] == vertex
    assert "finds itself" in done.stderr
    other = next(v for v in range(20484) if template().surface.cortex[v]
                 and v not in cortex_gallery("flat").vertices)  # fmt: skip
    assert "finds itself" not in run("locate-cortex", "t1-mni152", "--vertex", other).stderr


def test_a_mesh_and_a_volume_of_your_own(tmp_path: Path) -> None:
    import nibabel

    place = template()
    surface, volume = place.surface, place.volume
    left = surface.side("left")
    faces = surface.faces[left[surface.faces].all(axis=1)]
    np.savez(tmp_path / "lh.npz", vertices=surface.vertices_um[left] / 1000, faces=faces)
    step, origin = np.array(volume.step_um), np.array(volume.origin_um)
    data = volume.data[::-1, ::-1].transpose(2, 0, 1)
    last = origin[:2] + step[:2] * (np.array(volume.data.shape[:2]) - 1)
    affine = np.diag([*np.abs(step[[2, 0, 1]]) / 1000, 1.0])
    affine[:3, 3] = np.array([origin[2], *last]) / 1000
    nibabel.Nifti1Image(data, affine).to_filename(tmp_path / "T1.nii.gz")
    own = run("locate-cortex", tmp_path / "T1.nii.gz", "--surface", tmp_path / "lh.npz",
              "--units", "mm", "--hemisphere", "left", "--at-mm", -42, -22, 54,
              "--json", "-")  # fmt: skip
    assert own.exit_code == 0, own.output
    known = run("locate-cortex", "t1-mni152", "--at-mm", -42, -22, 54, "--json", "-")
    assert json.loads(own.stdout)["hits"] == json.loads(known.stdout)["hits"]


def test_patches_in_files_are_located(tmp_path: Path, places: Path) -> None:
    vertex = int(cortex_gallery("flat").vertices[20])
    patch = patch_of(vertex)
    np.save(tmp_path / "p.npy", patch.repeat(2, axis=0).repeat(2, axis=1))
    done = run("locate-cortex", tmp_path / "p.npy", "--pixel-size", 2000, "--json", "-", "-k", 3)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["query"] == {"patch": str(tmp_path / "p.npy"), "pixel_um": 2000.0}
    expected = locate_cortex(patch, k=3, folder=places)
    assert [hit["vertex"] for hit in told["hits"]] == list(expected.vertices)
    assert told["hits"][0]["vertex"] == vertex


def test_the_picture_shows_the_patch_above_the_places(tmp_path: Path, places: Path) -> None:
    vertex = int(cortex_gallery("block").vertices[20])
    done = run(
        "locate-cortex", "t1-mni152", "--vertex", vertex, "--picture", tmp_path / "p.png", "-k", 4
    )
    assert done.exit_code == 0, done.output
    sheet = np.asarray(Image.open(tmp_path / "p.png"))
    place = template()
    gray = BLOCK.prepared(BLOCK.cut(BLOCK.patches(place.volume, place.surface), vertex))
    answer = locate_cortex_vertices(place.volume, place.surface, [vertex], k=4)[0]
    again = np.asarray(Image.open(io.BytesIO(cortex_place_picture(gray, answer))))
    np.testing.assert_array_equal(sheet, again)
    first, top = 24, 24 + 16
    query = sheet[top : top + TILE, first : first + 3 * TILE + 2 * GAP]
    below = top + TILE + GAP
    best = sheet[below : below + TILE, first : first + 3 * TILE + 2 * GAP]
    np.testing.assert_array_equal(query, best)  # the place finds itself
    assert query[:, :TILE].std() > 20


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mni152", "--at-mm", 0, 0, 0], "needs a surface"),
        (["t1-mni152"], "say the place to cut it"),
        (["t1-mni152", "--at-mm", 0, 0, 10], "more than 5000 µm"),
        (["t1-mni152", "--at-mm", -42000, -22000, 54000], "give mm, not µm"),
        (["t1-mni152", "--at-mm", "nan", 0, 0], "finite"),
        (["t1-mni152", "--at-mm", -42, -22, 54, "--vertex", 3], "give one of them"),
        (["t1-mni152", "--vertex", -1], "0 to 20483"),
        (["t1-mni152", "--vertex", 3, "--pixel-size", 1000], "leave it out"),
        (["t1-mni152", "--vertex", 3, "--encoder", "falt"], "choose one of block, flat"),
        (["t1-mni152", "--vertex", 3, "-k", 151], "150 places"),
        (["t1-mni152", "--vertex", 3, "--json", "nowhere/a.json"], "can't be written"),
        (["t1-mni152", "--vertex", 3, "--picture", "nowhere/a.png"], "can't be written"),
        (["t1-mni152", "--vertex", 3, "--weights", "nowhere"], "No encoder of cortical places"),
        (["p.npy", "--surface", "fsaverage5"], "--surface fsaverage5 belongs to a volume"),
        (["p.npy", "--vertex", 3], "no known volume"),
        (["p.npy", "--pixel-size", 4], "if 4 is in mm, give µm"),
        (["p.npy", "--pixel-size", 0], "not in the range x>0"),
        (["big.npy"], "say how large its pixels are"),
        (["even.npy"], "is even"),
        (["t1.nii.gz"], "is a volume"),
        (["none.png"], "none.png"),
    ],
)
def test_bad_input_exits_2_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[object], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.save("p.npy", rng.random((24, 24)))
    np.save("big.npy", rng.random((30, 30)))
    np.save("even.npy", np.full((24, 24), 3.0))
    before = sorted(tmp_path.iterdir())
    done = run("locate-cortex", *arguments)
    assert done.exit_code == 2, done.output
    assert says in " ".join(done.stderr.split())
    assert isinstance(done.exception, SystemExit)
    assert sorted(path for path in tmp_path.iterdir() if path.name != "cache") == before


def test_the_cortex_becomes_a_collection(tmp_path: Path) -> None:
    target = tmp_path / "cortex.brain"
    done = run("cortex", "index", target, "--encoder", "flat")
    assert done.exit_code == 0, done.output
    assert "150 rows added" in done.stdout
    again = run("cortex", "index", target, "--encoder", "flat")
    assert "0 rows added" in again.stdout
    assert "150 were there already" in again.stdout
    x, y, z = template().surface.vertices_um[cortex_gallery("flat").vertices[9]]
    found = run("search", target, "--at", y, z, x, "--within", 100, "-k", 3, "--json", "-")
    assert found.exit_code == 0, found.output
    assert len(json.loads(found.stdout)["hits"]) == 3
    assert run("cortex", "index", target, "--encoder", "block").exit_code == 2
