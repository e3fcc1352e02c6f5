"""Preparation steps against the prepared reference, as far as the public files are at hand."""

import csv
import hashlib
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.io import savemat

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.manifest import FileList, load_manifest
from brainseek.catalog.datasets.prepare import (
    human_t1,
    imagenet_weights,
    mouse_ccf,
    mouse_confocal_sections,
    mouse_serial_nissl,
)
from brainseek.catalog.datasets.prepare.mouse_nissl_plates import (
    PLATE_COLUMNS,
    STRUCTURE_COLUMNS,
    plate_row,
    write_structures,
)
from brainseek.catalog.datasets.prepare.outlines import (
    PLATE_CROP,
    Outlines,
    rasterise,
    read_outlines,
)
from brainseek.catalog.datasets.verify import verify_folder
from brainseek.catalog.volumes.quicknii import COMPONENTS, cut_labels, restrict


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def anchoring_of(row: dict[str, str]) -> np.ndarray[Any, Any]:
    return np.array([float(row[name]) for name in COMPONENTS])


def whole_section(crop: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Undo the restriction to the plate's crop."""
    u, v = crop[3:6] / 0.8, crop[6:] / 0.9
    return np.concatenate([crop[:3] - 0.1 * u - 0.1 * v, u, v])


def test_restrict_keeps_the_points_of_the_plane() -> None:
    whole = np.array([10.0, 500, 300, 400, 5, -7, 3, 2, -250])
    left, top, right, bottom = PLATE_CROP
    crop = restrict(whole, left, top, right, bottom)
    for s, t in itertools.product((0.0, 0.3, 1.0), repeat=2):
        inside = crop[:3] + s * crop[3:6] + t * crop[6:]
        a, b = left + s * (right - left), top + t * (bottom - top)
        assert np.allclose(inside, whole[:3] + a * whole[3:6] + b * whole[6:])
    assert np.allclose(whole_section(crop), whole)


def test_cut_labels_equals_a_slow_loop() -> None:
    volume = np.random.default_rng(0).integers(0, 9, (20, 30, 15)).astype(np.uint32)
    anchoring = np.array([-2.0, 12.3, 14.2, 24.0, 3.1, -1.0, 0.4, -2.2, -16.0])
    found = cut_labels(volume, anchoring, height=13, width=17)
    for row, column in itertools.product(range(13), range(17)):
        s, t = (column + 0.5) / 17, (row + 0.5) / 13
        point = anchoring[:3] + s * anchoring[3:6] + t * anchoring[6:]
        x, y, z = (int(np.floor(p)) for p in point)
        inside = 0 <= x < 20 and 0 <= y < 30 and 0 <= z < 15
        assert found[row, column] == (volume[x, y, z] if inside else 0)


def test_outlines_fill_even_odd_and_children_cover_parents() -> None:
    frame = "M{0},{0}H{1}V{1}H{0}z"
    ring = frame.format(100, 900) + frame.format(300, 700)
    outlines = Outlines(1000, 1000, 1, ((5, ring), (6, "M700,700H900V900H700z")))
    labels = rasterise(outlines, height=90, width=80)

    def at(x: float, y: float) -> int:
        return int(labels[int((y / 1000 - 0.1) / 0.9 * 90), int((x / 1000 - 0.1) / 0.8 * 80)])

    assert (at(200, 200), at(500, 500), at(800, 800), at(500, 950)) == (5, 0, 6, 0)


@pytest.mark.parametrize("plate", [5, 60, 132])
def test_expert_labels_agree_with_the_reference(
    plate: int, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "mouse-nissl-plates"
    with np.load(folder / "ara_labels.npz") as archive:
        reference = archive[str(plate)]
    outlines = read_outlines(folder / f"annotation/{plate:03d}.svg")
    labels = rasterise(outlines, *reference.shape)
    agreement = float((labels == reference).mean())
    with capsys.disabled():
        print(f"\nexpert labels, plate {plate}: {100 * agreement:.3f} % of pixels agree")
    assert agreement > 0.997
    row = read_rows(folder / "plates.csv")[plate - 1]
    assert outlines.section_image_id == int(row["section_image_id"])
    assert len(outlines.paths) == int(row["svg_paths"])


def test_ccf_labels_agree_with_the_reference(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import nrrd

    volume, _ = nrrd.read(str(shared_data / "mouse-ccf/annotation_25_reoriented_2017.nrrd"))
    rows = read_rows(shared_data / "mouse-nissl-plates/plates.csv")
    agree = total = 0
    with np.load(shared_data / "mouse-nissl-plates/ccf_labels.npz") as archive:
        for row in rows[::22]:
            reference = archive[row["plate"]]
            agree += int(
                (cut_labels(volume, anchoring_of(row), *reference.shape) == reference).sum()
            )
            total += reference.size
    with capsys.disabled():
        print(f"\nCCF labels: {100 * agree / total:.4f} % of pixels agree")
    assert agree / total > 0.9999


def test_plate_rows_equal_the_reference(shared_data: Path) -> None:
    """The public anchoring is taken back from the rounded table, hence the tolerance."""
    for expected in read_rows(shared_data / "mouse-nissl-plates/plates.csv"):
        section = {"nr": int(expected["section_nr"])}
        outlines = Outlines(
            int(expected["svg_width"]),
            int(expected["svg_height"]),
            int(expected["section_image_id"]),
            ((1, ""),) * int(expected["svg_paths"]),
        )
        crop = restrict(whole_section(anchoring_of(expected)), *PLATE_CROP)
        size = int(expected["height_px"]), int(expected["width_px"])
        row = plate_row(int(expected["plate"]), section, outlines, crop, *size)
        assert set(row) <= set(PLATE_COLUMNS)
        for name, value in row.items():
            slack = 1.001 if name == "ap_um_from_front" else 0.011
            assert float(str(value)) == pytest.approx(float(expected[name]), abs=slack), name


def test_structures_are_the_tree(shared_data: Path, tmp_path: Path) -> None:
    expected = shared_data / "mouse-nissl-plates/structures.csv"
    public = tmp_path / "tree.csv"
    columns = [*STRUCTURE_COLUMNS.values(), "failed"]
    with public.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="f")
        writer.writeheader()
        for row in read_rows(expected):
            writer.writerow({theirs: row[ours] for ours, theirs in STRUCTURE_COLUMNS.items()})
    write_structures(public, tmp_path / "structures.csv")
    assert read_rows(tmp_path / "structures.csv") == read_rows(expected)


def test_serial_sections_are_rebuilt(shared_data: Path, tmp_path: Path) -> None:
    """Public files are made from the prepared ones: TIFF named .jpg, and JSON geometry."""
    reference = shared_data / "mouse-serial-nissl"
    folder = tmp_path / "raw/sections/examples/mouse_serial_section_example/NisslDown"
    folder.mkdir(parents=True)
    names = {}
    for row in read_rows(reference / "sections.csv"):
        names[int(row["rank_in_full_series"])] = row["original_file"]
        with Image.open(reference / row["file"]) as image:
            tifffile.imwrite(folder / row["original_file"], np.asarray(image), photometric="rgb")
        geometry = {
            "SpaceDirections": [
                "none",
                [float(row["pixel_x_um"]), 0.0, 0.0],
                [0.0, float(row["pixel_y_um"]), 0.0],
                [0.0, 0.0, float(row["thickness_um"])],
            ],
            "SpaceOrigin": [float(row[f"origin_{a}_um"]) for a in "xyz"],
        }
        (folder / row["original_file"]).with_suffix(".json").write_text(json.dumps(geometry))
    numbers = {rank: mouse_serial_nissl.section_number(name) for rank, name in names.items()}
    for rank in range(660):
        names.setdefault(rank, f"x_{numbers[rank - 1] + 1 if rank % 2 else 0:04d}.jpg")
    lines = [f"{names[rank]}\ttest\tphantom\tpresent" for rank in range(660)]
    lines.append("0006.tif\ttest\tphantom\tabsent")
    (folder / "samples.tsv").write_text("sample_id\tp\ts\tstatus\n" + "\n".join(lines) + "\n")
    out = tmp_path / "out"
    out.mkdir()
    data_set = load_manifest()["mouse-serial-nissl"]
    mouse_serial_nissl.prepare(tmp_path / "raw", out, data_set)
    checks = verify_folder(data_set, out)
    assert len(checks) == 331
    assert not [check for check in checks if check.is_fault]


def test_confocal_sections_become_grey_levels(tmp_path: Path) -> None:
    image = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    assert np.array_equal(
        mouse_confocal_sections.to_uint8(image, "x"), np.arange(256).reshape(16, 16)
    )
    for wrong in (image * 2, image.astype(np.uint8), np.dstack([image] * 3)):
        with pytest.raises(BrainseekError, match=r"odd\.tif is"):
            mouse_confocal_sections.to_uint8(wrong, "odd.tif")


def test_confocal_sections_are_rebuilt(shared_data: Path, tmp_path: Path) -> None:
    """Every eighth section, its float TIFF made from the prepared JPEG."""
    data_set = load_manifest()["mouse-confocal-sections"]
    assert data_set.files_list is not None
    lines = data_set.files_list.path.read_text().splitlines(keepends=True)
    shorter = "".join([lines[0], *lines[1::8]])
    (tmp_path / "list.csv").write_text(shorter)
    digest = hashlib.sha256(shorter.encode()).hexdigest()
    data_set = replace(data_set, files_list=FileList(tmp_path / "list.csv", digest))
    raw, out = tmp_path / "raw", tmp_path / "out"
    out.mkdir()
    for file in data_set.files:
        target = raw / file.source / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        name = Path(*target.parts[-2:]).with_suffix(".jpg")
        with Image.open(shared_data / data_set.name / name) as image:
            tifffile.imwrite(target, np.asarray(image, dtype=np.float32) / 255)
    mouse_confocal_sections.prepare(raw, out, data_set)
    statuses = [c.status for c in verify_folder(data_set, out) if c.path.endswith(".jpg")]
    assert statuses.count("rebuilt") == len(lines[1::8])
    assert "bad" not in statuses
    reference = read_rows(shared_data / data_set.name / "sections.csv")
    rows = read_rows(out / "sections.csv")
    kept = [row for row in reference if row["file"] in {r["file"] for r in rows}]
    judged = {"mean_grey": ""}
    assert [r | judged for r in rows] == [r | judged for r in kept]


@pytest.mark.parametrize("flips", [(0,), (0, 1), (0, 1, 2)])
def test_ccf_finds_its_orientation(
    flips: tuple[int, ...], shared_data: Path, tmp_path: Path
) -> None:
    data_set = load_manifest()["mouse-ccf"]
    reference = shared_data / "mouse-ccf"
    with np.load(reference / mouse_ccf.ARCHIVE) as archive:
        turned = {k: np.flip(archive[k], flips).transpose(1, 2, 0) for k in archive.files}
    matlab = tmp_path / "raw/ccf100/data/atlas_for_vis.mat"
    matlab.parent.mkdir(parents=True)
    savemat(
        matlab,
        {"mousetemplate": turned["template"], "mouseanno": turned["annotation"].astype(float)},
        do_compression=True,
    )
    annotation = tmp_path / "raw/ccf25/tests/test_data/allen_mouse_2017_atlas"
    annotation.parent.mkdir(parents=True)
    annotation.symlink_to(reference)
    out = tmp_path / "out"
    out.mkdir()
    mouse_ccf.prepare(tmp_path / "raw", out, data_set)
    assert not [check for check in verify_folder(data_set, out) if check.is_fault]


def test_ccf_of_another_brain_is_refused() -> None:
    volume = np.zeros(mouse_ccf.ASR_SHAPE, np.uint16)
    with pytest.raises(BrainseekError, match=r"no orientation"):
        mouse_ccf.orient(volume, volume, "0" * 64)


def save_nifti(path: Path, values: np.ndarray[Any, Any], affine: np.ndarray[Any, Any]) -> None:
    image_class: Any = nibabel.Nifti1Image
    nibabel.save(image_class(values, affine), path)


def test_label_maps_become_uint16(tmp_path: Path) -> None:
    affine = np.diag([-1.0, 1, 1, 1])
    values = np.array([[[0, 2, 530], [41, 42, 8]]], np.float32)
    save_nifti(tmp_path / "in.nii.gz", values, affine)
    human_t1.store_as_uint16(tmp_path / "in.nii.gz", tmp_path / "out.nii.gz")
    stored: Any = nibabel.load(tmp_path / "out.nii.gz")
    assert stored.get_data_dtype() == np.uint16
    assert np.array_equal(np.asarray(stored.dataobj), values)
    assert np.array_equal(stored.affine, affine)
    save_nifti(tmp_path / "in.nii.gz", values + 0.5, affine)
    with pytest.raises(BrainseekError, match=r"not whole numbers"):
        human_t1.store_as_uint16(tmp_path / "in.nii.gz", tmp_path / "out.nii.gz")


def test_imagenet_shards_are_the_pinned_public_files(shared_data: Path, tmp_path: Path) -> None:
    """Cut the archive into shards; their SHA-256 must be those of the public files."""
    data_set = load_manifest()["imagenet-weights"]
    folder = tmp_path / "raw/model/mobilenet_v1_075_224"
    folder.mkdir(parents=True)
    pinned = {file.sha256: Path(file.path).name for file in data_set.files}
    groups = []
    with np.load(shared_data / "imagenet-weights" / imagenet_weights.ARCHIVE) as archive:
        tensors = {name: archive[name] for name in archive.files}
    order = ("kernel", "depthwise_kernel", "bias", "gamma", "beta", "moving_mean",
             "moving_variance")  # fmt: skip
    for layer in sorted({name.split("/")[0] for name in tensors}):
        names = [f"{layer}/{part}" for part in order if f"{layer}/{part}" in tensors]
        shard = b"".join(tensors[name].astype("<f4").tobytes() for name in names)
        file_name = pinned.pop(hashlib.sha256(shard).hexdigest())
        (folder / file_name).write_bytes(shard)
        weights = [
            {"name": name, "shape": list(tensors[name].shape), "dtype": "float32"} for name in names
        ]
        groups.append({"paths": [file_name], "weights": weights})
    assert list(pinned.values()) == ["model.json"], "every public shard was met"
    (folder / "model.json").write_text(json.dumps({"weightsManifest": groups}))
    out = tmp_path / "out"
    out.mkdir()
    imagenet_weights.prepare(tmp_path / "raw", out, data_set)
    assert not [check for check in verify_folder(data_set, out) if check.is_fault]


def test_imagenet_shards_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    (tmp_path / "shard").write_bytes(np.zeros(5, "<f4").tobytes())
    weight = {"name": "a", "shape": [4], "dtype": "float32"}
    model = tmp_path / "model.json"
    model.write_text(json.dumps({"weightsManifest": [{"paths": ["shard"], "weights": [weight]}]}))
    with pytest.raises(BrainseekError, match=r"hold 20 bytes, but model.json describes 16"):
        imagenet_weights.read_tensors(model)
    weight["dtype"] = "uint8"
    model.write_text(json.dumps({"weightsManifest": [{"paths": ["shard"], "weights": [weight]}]}))
    with pytest.raises(BrainseekError, match=r"not plain float32"):
        imagenet_weights.read_tensors(model)
