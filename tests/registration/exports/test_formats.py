"""Files for other tools, read back by other means than they were written."""

import csv
import io
import json

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from brainseek.catalog.volumes.quicknii import anchoring, plane_of
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.exports.coordinates.coordinate_map import coordinate_map
from brainseek.registration.exports.geojson import regions_geojson
from brainseek.registration.exports.label_image import label_lookup_csv, label_tiff
from brainseek.registration.exports.overlay import overlay_png, painted
from brainseek.registration.exports.quicknii import in_ccf, quicknii_json, quicknii_slice
from brainseek.registration.exports.structure_table import structure_csv, structure_rows
from tests.registration.exports.made_alignment import (
    ATLAS,
    OTHER_ATLAS,
    SHAPE,
    TREE,
    made_alignment,
)

FULL = (1100, 1500)


def made_rows(pixel_size_um: float | None = 60.0, bend: float = 0.0):
    alignment = made_alignment(bend, pixel_size_um)
    mapping = coordinate_map(alignment, FULL, ATLAS.space_axes, {})
    return alignment, structure_rows(mapping.labels, TREE, mapping, pixel_size_um)


def test_geojson_drawn_by_opencv_gives_the_labels_back():
    alignment, rows = made_rows(bend=4)
    labels = alignment.labels()
    text = regions_geojson(labels, TREE, rows, FULL, "Schnitt ü 1")
    content = json.loads(text.decode("utf-8"))
    assert content["type"] == "FeatureCollection"
    drawn = np.zeros(FULL, np.int64)
    for feature in content["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        assert feature["type"] == "Feature"
        assert properties["objectType"] == "annotation"
        id_ = int(properties["measurements"]["structure id"])
        assert properties["classification"]["name"] == TREE[id_].acronym
        assert tuple(properties["classification"]["color"]) == TREE[id_].colour
        assert properties["name"] == TREE[id_].name
        pieces = geometry["coordinates"]
        for piece in [pieces] if geometry["type"] == "Polygon" else pieces:
            mask = np.zeros(FULL, np.uint8)
            rings = [np.round(np.array(ring[:-1])).astype(np.int32) for ring in piece]
            assert all(ring[0] == ring[-1] for ring in piece)
            cv2.fillPoly(mask, rings, 1)
            drawn[mask > 0] = id_
    np.testing.assert_array_equal(drawn[5::10, 5::10], labels)
    ids = [feature["id"] for feature in content["features"]]
    assert len(set(ids)) == len(ids) == len(rows)


def test_labels_are_read_by_tifffile_and_pillow():
    labels = made_alignment().labels()
    content = label_tiff(labels, TREE, 60.0)
    with tifffile.TiffFile(io.BytesIO(content)) as tif:
        page = tif.pages[0]
        np.testing.assert_array_equal(page.asarray(), labels)
        assert page.dtype == np.uint32
        numerator, denominator = page.tags["XResolution"].value
        assert 10_000 / (numerator / denominator) == pytest.approx(60, rel=1e-4)
        assert page.tags["ResolutionUnit"].value == 3
    small = np.where(labels == 312782546, 4, labels)
    from brainseek.catalog.structures.tree import StructureTree

    few = StructureTree([s for s in TREE if s.id < 100])
    found = np.asarray(Image.open(io.BytesIO(label_tiff(small, few, None))))
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, small)
    lookup = list(csv.DictReader(io.StringIO(label_lookup_csv(labels, TREE).decode())))
    assert {int(row["id"]) for row in lookup} == set(np.unique(labels)) - {0}


@pytest.mark.parametrize("pixel_size_um", [60.0, None])
def test_areas_in_the_table(pixel_size_um):
    alignment, rows = made_rows(pixel_size_um)
    labels = alignment.labels()
    table = list(csv.DictReader(io.StringIO(structure_csv(rows).decode())))
    plane = alignment.plane
    pixel_um2 = np.linalg.norm(np.cross(plane.u, plane.v)) / labels.size
    for row in table:
        n = int((labels == int(row["id"])).sum())
        assert int(row["pixels"]) == n
        assert float(row["atlas_area_um2"]) == pytest.approx(n * pixel_um2, rel=2e-3)
        if pixel_size_um is None:
            assert row["area_um2"] == ""
        else:
            assert float(row["area_um2"]) == pytest.approx(n * 3600)
    assert table[0]["path"] == "root/CTX"
    assert [int(r["pixels"]) for r in table] == sorted(int(r["pixels"]) for r in table)[::-1]


def test_an_id_outside_the_tree_is_named_by_its_number():
    labels = np.full(SHAPE, 77, np.int32)
    mapping = coordinate_map(made_alignment(), FULL, ATLAS.space_axes, {})
    (row,) = structure_rows(labels, TREE, mapping, None)
    assert (row.acronym, row.name) == ("id77", "structure 77")


def test_quicknii_by_its_published_formula():
    """Voxel = o + u x / width + v y / height; x right, y to the front, z up, 25 µm."""
    alignment = made_alignment()
    entry = quicknii_slice(alignment, "s é 001.tif", 1, FULL)
    content = json.loads(quicknii_json("mine", [entry]).decode("utf-8"))
    assert content["target"] == "ABA_Mouse_CCFv3_2017_25um.cutlas"
    assert content["target-resolution"] == [456, 528, 320]
    (one,) = content["slices"]
    assert (one["filename"], one["nr"], one["width"], one["height"]) == (
        "s é 001.tif",
        1,
        1500,
        1100,
    )
    o, u, v = np.array(one["anchoring"]).reshape(3, 3)
    for row, column in [(0, 0), (300, 700), (1099, 1499)]:
        voxel = o + u * (column + 0.5) / one["width"] + v * (row + 0.5) / one["height"]
        small = (np.array([[row, column]]) + 0.5) / 10 - 0.5
        ap, dv, ml = alignment.to_atlas_um(small)[0]
        expected = [ml / 25, 528 - ap / 25, 320 - dv / 25]
        assert np.abs(voxel - expected).max() < 0.01
    assert one["markers"] == []


def test_anchorings_go_there_and_back():
    plane = Plane(o=(5000.0, 200.0, 300.0), u=(150.0, -40.0, 11200.0), v=(300.0, 8400.0, 60.0))
    again = plane_of(anchoring(plane))
    for a, b in zip((plane.o, plane.u, plane.v), (again.o, again.u, again.v), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)
    assert in_ccf(ATLAS)
    assert not in_ccf(OTHER_ATLAS)


def test_markers_undo_what_the_plane_can_not_say():
    """A marker's first pair, put on the plane, is where its second pair lies in the atlas."""
    alignment = made_alignment(bend=4)
    entry = quicknii_slice(alignment, "a.tif", 1, FULL)
    assert 20 < len(entry.markers) < 120
    far, near = 0.0, 0.0
    for x, y, there_x, there_y in entry.markers:
        planned = np.array(alignment.plane.point(x / FULL[1], y / FULL[0]))
        section = np.array([[there_y, there_x]]) / 10 - 0.5
        true = alignment.to_atlas_um(section)[0]
        near = max(near, np.linalg.norm(planned - true))
        unmarked = np.array(alignment.plane.point(there_x / FULL[1], there_y / FULL[0]))
        far = max(far, np.linalg.norm(unmarked - true))
    assert near < 5
    assert far > 100


def test_the_overlay_shows_regions_legend_bar_and_warning():
    alignment, rows = made_rows()
    labels = alignment.labels()
    section = alignment.section
    plain = painted(section, labels, TREE)
    assert max(plain.shape) == 1000
    calm = overlay_png(section, labels, TREE, rows, "Schnitt ü")
    alarmed = overlay_png(section, labels, TREE, rows, "Schnitt ü", "It folds. " * 40)
    first, second = (Image.open(io.BytesIO(content)) for content in (calm, alarmed))
    assert first.width > 1250
    assert second.height > first.height
    red = (np.asarray(second) == (180, 35, 24)).all(-1)
    assert red.sum() > 200
    assert not (np.asarray(first) == (180, 35, 24)).all(-1).any()
    unknown = overlay_png(made_alignment(0, None).section, labels, TREE, rows, "Schnitt ü")
    assert (np.asarray(Image.open(io.BytesIO(unknown))) != np.asarray(first)).any()
