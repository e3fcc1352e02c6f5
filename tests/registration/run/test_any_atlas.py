"""From a picture to regions on atlases other than the two with released encoders."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from PIL import Image

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.volumes.volume import Volume
from brainseek.ui.cli import main

cv2 = pytest.importorskip("cv2")
pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")


def save(path: Path, cut: np.ndarray, gamma: float) -> Path:
    """Save a cut as an 8-bit PNG with changed contrast."""
    gray = np.clip(cut.astype(np.float32) / np.percentile(cut[cut > 0], 99.9), 0, 1) ** gamma
    Image.fromarray((255 * gray).astype(np.uint8)).save(path)
    return path


def register(path: Path, atlas: str, out: Path, *more: object) -> tuple[dict, np.ndarray]:
    """Run the command; return its summary of the section, with the notes, and the labels."""
    summary = out.with_suffix(".json")
    arguments = ["register", path, "--atlas", atlas, "--out", out, "--json", summary, *more]
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output + result.stderr
    content = json.loads(summary.read_text())
    assert (out / f"{path.stem}.overlay.png").is_file()
    labels = tifffile.imread(out / f"{path.stem}.labels.tif").astype(np.int64)
    return {**content["sections"][0], "run_notes": content["notes"]}, labels


def mean_dice(labels: np.ndarray, truth: np.ndarray, least: int) -> float:
    """Mean Dice of the structures with at least ``least`` pixels."""
    ids, counts = np.unique(truth[truth > 0], return_counts=True)
    return float(
        np.mean(
            [
                2 * ((labels == i) & (truth == i)).sum() / ((labels == i).sum() + n)
                for i, n in zip(ids, counts, strict=True)
                if n >= least
            ]
        )
    )


@pytest.mark.parametrize(
    ("orientation", "position"), [("horizontal", 3820.0), ("sagittal", 7230.0)]
)
def test_cuts_of_the_mouse_ccf(shared_data, tmp_path, monkeypatch, orientation, position):
    """The plate is found, and at the plane of the cut the labels are those of the annotation."""
    pytest.importorskip("nrrd", reason="pynrrd is not installed")
    monkeypatch.setattr(
        "brainseek.catalog.atlases.mouse_ccf.COARSE_UM", 500.0
    )  # few plates to embed
    name = f"mouse-ccf@{orientation}"
    atlas = load_atlas(name)
    plate = atlas.plates[0]
    shape = plate.height_px, plate.width_px
    plane = atlas.volume.plane_of_cut(position, (0.0, 0.0), shape, 25.0)
    truth = atlas.annotation_volume.cut_plane(plane, shape, order=0)
    path = save(tmp_path / "cut.png", atlas.volume.cut(position, (0, 0), shape, 25.0), 0.7)

    found, _ = register(path, name, tmp_path / "found", "--pixel-size", 25, "--affine")
    middle = atlas.annotation_volume.centre_um[0]
    sides = (position, 2 * middle - position) if orientation == "sagittal" else (position,)
    assert min(abs(found["centre_um"][axis_of(atlas)] - side) for side in sides) < 800
    assert any("calibrated on mouse-nissl, not on" in note for note in found["run_notes"])

    given, labels = register(path, name, tmp_path / "given", "--plane", position, 0, 0, "--affine")
    assert given["trusted"]
    assert ((labels > 0) == (truth > 0)).mean() > 0.97
    assert mean_dice(labels, truth, 2000) > 0.9


def axis_of(atlas) -> int:
    return atlas.space_axes.index(atlas.volume.axes[0])


def test_another_animal_on_the_mouse_mri(shared_data, tmp_path):
    folder = shared_data / "mouse-mri-fvb"
    about = Path(__file__).parents[3] / "catalog" / "atlases" / "mouse-mri-fvb.yaml"
    text = about.read_text().replace("data_set: mouse-mri-fvb\n", "")
    text = text.replace("spacing_um: 150", "spacing_um: 450")  # few plates to embed
    for part in ("template/", "label/", "labels.csv"):
        text = text.replace(part, f"{folder}/{part}")
    (tmp_path / "fvb.yaml").write_text(text)
    (tmp_path / "other.yaml").write_text(text.replace("in_vivo_1", "in_vivo_2"))
    animal = load_atlas(str(tmp_path / "other.yaml"))
    plate = animal.plates[len(animal.plates) // 2]
    truth = np.kron(animal.annotation(plate.number), np.ones((4, 4), int))
    picture = cv2.resize(animal.plate_image(plate.number), None, fx=4, fy=4)
    path = save(tmp_path / "animal2.png", picture, 1.0)
    found, labels = register(
        path, str(tmp_path / "fvb.yaml"), tmp_path / "out", "--pixel-size", 37.5
    )
    assert found["trusted"]
    assert mean_dice(labels, truth, 2000) > 0.6
    assert any("do not rely on the side" in note for note in found["run_notes"])


def test_the_mni_template_on_julich_brain(shared_data, tmp_path):
    julich, template = load_atlas("julich-brain"), load_atlas("mni152").volume
    y_um, shape = -8_000.0, (378, 394)
    plane = template.plane_of_cut(y_um, (0.0, 0.0), shape, 500.0)
    path = save(tmp_path / "mni.png", template.cut(y_um, (0, 0), shape, 500.0), 0.8)
    found, labels = register(path, "julich-brain", tmp_path / "out", "--pixel-size", 500)
    assert abs(found["centre_um"][1] - y_um) <= 4000
    truth = julich.annotation_volume.cut_plane(plane, shape, order=0)
    assert mean_dice(labels, truth, 1000) > 0.5
    left, right = np.array_split(np.arange(shape[1]), 2)
    assert ((labels[:, left] > 0) & (labels[:, left] < 1000)).sum() > 0.99 * (
        labels[:, left] > 0
    ).sum() - 200
    assert (labels[:, right] > 1000).sum() > 0.95 * (labels[:, right] > 0).sum()


def test_a_half_plate_through_the_command(shared_data, tmp_path):
    atlas = load_atlas("mni152")
    image = atlas.plate_image(45).copy()
    image[:, 98:] = 0  # the right of the picture is cut away
    path = save(tmp_path / "half.png", cv2.resize(image, None, fx=2, fy=2), 0.8)
    found, labels = register(
        path, "mni152", tmp_path / "out", "--plate", 45, "--hemisphere", "left", "--affine"
    )
    assert found["trusted"]
    truth = np.kron(atlas.annotation(45), np.ones((2, 2), int))[:, :196]
    assert (labels[:, :196] == truth).mean() > 0.97
    assert not labels[:, 210:].any()


def test_tilted_planes_have_labels(shared_data, tmp_path):
    """A cut of mouse-nissl's volume, aligned at its own tilted plane, gets its own labels."""
    pytest.importorskip("nrrd", reason="pynrrd is not installed")
    atlas = load_atlas("mouse-nissl")
    volume: Volume = atlas.volume
    plane = volume.plane_of_cut(6500.0, (6.0, -4.0), (320, 440), 25.0)
    path = save(tmp_path / "tilted.png", volume.cut_plane(plane, (320, 440)), 0.8)
    found, labels = register(path, "mouse-nissl", tmp_path / "out", "--plane", 6500, 6, -4)
    truth = atlas.annotation_volume.cut_plane(plane, (320, 440), order=0)
    assert mean_dice(labels, truth, 1000) > 0.9
    assert found["plate"] is None
