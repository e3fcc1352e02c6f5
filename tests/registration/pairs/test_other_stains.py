"""Expression, unfolded maps and polarised light as pairs."""

import csv

import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, cut_pair, tissue_centres
from brainseek.catalog.pairs.store import load_pairs, save_pairs
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.pairs.other_stains import (
    cellbody_pli_pairs,
    flat_image,
    ish_pair,
    nissl_ish_pairs,
    pli_pairs,
)
from tests.catalog.atlases.made_atlas import made_template


def test_a_scattered_plane_becomes_a_plane():
    rng = np.random.default_rng(0)
    inside = rng.uniform(0, (2000, 4000), (400, 2))
    points = np.concatenate([inside, [[0, 0], [2000, 0], [0, 4000], [2000, 4000]]])
    values = points @ (0.001, -0.0004) + 2
    image = flat_image(points, values, 100.0, "cellbody")
    assert image.image.shape == (20, 40)
    assert image.mask.all()
    low, high = np.percentile(values, (1, 99))
    for row in (0, 7, 19):
        for column in (3, 20, 39):
            here = np.array([50 + 100 * row, 50 + 100 * column]) @ (0.001, -0.0004) + 2
            gray = np.clip(1 + 254 * (here - low) / (high - low), 1, 255)
            assert abs(float(image.image[row, column]) - gray) <= 0.51


def test_outside_the_hull_is_no_tissue():
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = 1000 * np.column_stack([np.sin(angle), np.cos(angle)])
    image = flat_image(np.concatenate([ring, [[0, 0]]]), np.arange(61.0), 100.0, "cellbody")
    rows, columns = np.indices(image.image.shape) - 9.5
    radius = 100 * np.hypot(rows, columns)
    assert image.mask[radius < 980].all()
    assert not image.mask[radius > 1005].any()
    assert (image.image[~image.mask] == 0).all()


def test_expression_meets_the_volume_where_its_plane_lies():
    volume = made_template()  # (y, z, x) stored, points are x, y, z
    o, u, v = (-900.0, 400.0, 600.0), (1800.0, 60.0, 0.0), (0.0, 50.0, -1500.0)
    gray = np.random.default_rng(0).integers(0, 255, (100, 90)).astype(np.uint8)
    pair = ish_pair("made", 3, gray, Plane(o, u, v), volume)
    assert pair is not None
    assert pair.modalities == ("ish", "autofluorescence")
    assert pair.first.pixel_um == pytest.approx(
        np.sqrt(np.hypot(1800, 60) / 90 * np.hypot(1500, 50) / 100)
    )
    pixels = np.array([[0, 0], [99, 89], [40, 20], [63.5, 71.25]])
    wanted = np.array(o) + (pixels[:, 1:] + 0.5) / 90 * u + (pixels[:, :1] + 0.5) / 100 * v
    np.testing.assert_allclose(pair.to_atlas(pixels), wanted)
    there = pair.transform(pixels)
    shape = np.array(pair.second.image.shape)
    np.testing.assert_allclose((there + 0.5) / shape, (pixels + 0.5) / (100, 90))
    for row in range(5, 100, 13):
        for column in range(3, 90, 17):
            far = np.rint(pair.transform(np.array([[row, column]]))[0]).astype(int)
            near = pair.second.mask[
                max(far[0] - 1, 0) : far[0] + 2, max(far[1] - 1, 0) : far[1] + 2
            ]
            if near.all() or not near.any():
                assert pair.first.mask[row, column] == near.all()
    beyond = Plane((-900.0, 9000.0, 600.0), u, v)
    assert ish_pair("made", 3, gray, beyond, volume) is None


def test_calb1_sections(shared_data, tmp_path):
    folder = tmp_path / "few"
    folder.mkdir()
    (folder / "images").mkdir()
    source = shared_data / "mouse-ish-calb1"
    with open(source / "sections.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kept = [rows[0], rows[40], rows[60]]
    for row in kept:
        (folder / row["file"]).write_bytes((source / row["file"]).read_bytes())
    with open(folder / "sections.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(kept)
    from brainseek.registration.pairs import other_stains as room

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "dataset_path", lambda name, path=None: folder)
        pairs = nissl_ish_pairs(progress=False)
    assert [pair.group for pair in pairs] == [int(row["section_number"]) for row in kept[1:]]
    annotation = load_atlas("mouse-ccf").annotation_volume
    for pair, row in zip(pairs, kept[1:], strict=True):
        rows_px, columns_px = pair.first.image.shape
        middle = np.array([[(rows_px - 1) / 2, (columns_px - 1) / 2]])
        point = pair.places_um(middle)[0]
        assert point[0] == pytest.approx(float(row["ap_um_from_front"]), abs=1)
        centres = tissue_centres(pair, PairFrame(64, 25.0), 800.0)
        assert len(centres) > 15
        first, second = cut_pair(pair, centres, PairFrame(64, 25.0))
        assert first.shape == second.shape
        voxels = np.rint((pair.places_um(centres) - 12.5) / 25).astype(int)
        assert (annotation.data[tuple(voxels.T)] > 0).mean() > 0.9


def test_unfolded_hippocampus(shared_data, tmp_path):
    pairs = cellbody_pli_pairs(shared_data / "hippomaps")
    assert [pair.name.split()[0] for pair in pairs] == ["Merker", "Thionin"]
    import nibabel

    folder = shared_data / "hippomaps"
    mesh = nibabel.load(folder / "tpl-avg_space-unfold_den-0p5mm_label-hipp_midthickness.surf.gii")
    vertices = next(a.data for a in mesh.darrays if a.data.shape[0] == 7262)
    maps = np.load(folder / "initialHippoMaps.npz")["featureData"]
    for pair, column in zip(pairs, (0, 5), strict=True):
        assert pair.modalities == ("cellbody", "transmittance")
        assert pair.first.image.shape == pair.second.image.shape == (78, 158)
        assert pair.first.mask.mean() > 0.95
        low, high = np.percentile(maps[:, column], (1, 99))
        shown, stored = [], []
        for vertex in range(0, 7262, 41):
            x, y, _ = 1000 * (vertices[vertex] - vertices.min(0))
            row, col = int(y // 250), int(x // 250)
            if row < 78 and col < 158 and pair.first.mask[row, col]:
                shown.append(float(pair.first.image[row, col]))
                gray = 1 + 254 * (maps[vertex, column] - low) / (high - low)
                stored.append(np.clip(gray, 1, 255))
        assert len(shown) > 150
        assert np.corrcoef(shown, stored)[0, 1] > 0.95
        assert abs(np.mean(shown) - np.mean(stored)) < 5
    # Absorbing tissue is bright, as read_pli has it: the map is inverted.
    inside = pairs[0].second.mask
    merker, pli = (image.image[inside].astype(float) for image in (pairs[0].first, pairs[0].second))
    raw = np.corrcoef(maps[:, 0], maps[:, 1])[0, 1]
    assert np.sign(np.corrcoef(merker, pli)[0, 1]) == -np.sign(raw)
    loaded = load_pairs(save_pairs(pairs, tmp_path / "kept"))
    np.testing.assert_array_equal(loaded[1].first.image, pairs[1].first.image)


def test_pli_section_takes_the_pixel_size_it_is_given(shared_data):
    (pair,) = pli_pairs()
    assert pair.modalities == ("transmittance", "retardation")
    assert (pair.first.pixel_um, pli_pairs(1.3)[0].first.pixel_um) == (25.0, 1.3)
    assert pair.first.image.shape == (195, 150)


def test_missing_files_are_said(tmp_path):
    with pytest.raises(BrainseekError, match=r"mesh .* is missing"):
        cellbody_pli_pairs(tmp_path)
