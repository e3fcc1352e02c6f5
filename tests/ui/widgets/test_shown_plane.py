"""Which sections the patches of a collection come from, and where they lie in them."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.search.patched_planes import PatchedPlane, Patches, patched_planes, patches_of
from brainseek.index.table.schema import Row, Window
from brainseek.ui.widgets.shown_plane import read_plane
from tests.index.made_patches import DIM, ENCODER, unit
from tests.ui.made_sections import ACROSS, DOWN, SIDE, made_sections


def test_planes_and_their_patches(tmp_path: Path) -> None:
    places = [("b.tif", 2, None), ("b.tif", 10, None), ("a.nii", 3, 0), ("a.nii", 1, 1)]
    places += [("s3://bucket/far.tif", None, None), ("c.png", None, None)]
    rows = [
        Row(vector, "patch", uri, source_plane=plane, source_axis=axis, window=window)
        for (uri, plane, axis), vector in zip(places * 3, unit(18), strict=True)
        for window in [Window(int(abs(vector[0]) * 1e6), 0, 16, 32)]
    ]
    rows += [Row(unit(1, seed=5)[0], "section", "whole.png")]
    collection = Collection.create(tmp_path / "c", ENCODER, DIM, rows)
    deleted = collection.ids("source_uri = 'c.png'")[0]
    collection.delete(f"id = '{deleted}'")
    view = collection.view()
    planes = patched_planes(view)
    assert [(p.uri, p.index, p.axis) for p in planes] == [
        ("a.nii", 3, 0), ("a.nii", 1, 1), ("b.tif", 2, None), ("b.tif", 10, None),
        ("c.png", None, None),
    ]  # fmt: skip
    assert [p.label for p in planes] == ["3 (axis 0)", "1", "2", "10", "-"]
    for plane in planes:
        patches = patches_of(view, plane)
        mine = [
            row
            for row in collection.rows()
            if (row["source_uri"], row["source_plane"], row["source_axis"])
            == (plane.uri, plane.index, plane.axis)
        ]
        assert sorted(patches.ids) == sorted(row["id"] for row in mine)
        assert patches.places([row["id"] for row in mine] + ["other"]) == {
            row["id"]: [row["window_row"], 0, 16, 32] for row in mine
        }
        assert all(PatchedPlane.of(row) == plane for row in mine)
    assert len(patches.ids) == 2
    others = [row for row in collection.rows() if row["source_uri"] in ("whole.png", places[4][0])]
    assert len(others) == 4
    assert all(PatchedPlane.of(row) is None for row in others)


def test_nearest_is_the_smallest_distance_to_a_centre() -> None:
    rng = np.random.default_rng(1)
    boxes = rng.integers(1, 500, (40, 4)).astype(np.int32)
    patches = Patches([str(i) for i in range(40)], boxes)
    for row, column in rng.uniform(-100, 900, (50, 2)):
        away = [
            np.hypot(top + height / 2 - row, left + width / 2 - column)
            for top, left, height, width in boxes
        ]
        assert patches.nearest(row, column) == str(int(np.argmin(away)))


def test_a_plane_to_look_at(tmp_path: Path) -> None:
    made_sections(tmp_path)
    shown = read_plane(PatchedPlane(str(tmp_path / "s0.png"), None, None))
    assert (shown.height, shown.width) == shown.picture.shape == (SIDE * DOWN, SIDE * ACROSS)
    assert shown.aspect == ACROSS / DOWN
    pixels = np.arange(3000, dtype=np.uint16)[None].repeat(100, 0)
    tifffile.imwrite(
        tmp_path / "long.tif", pixels, resolution=(5000, 10000), resolutionunit="CENTIMETER"
    )
    shown = read_plane(PatchedPlane(str(tmp_path / "long.tif"), None, None))
    assert (shown.height, shown.width) == (100, 3000)
    assert shown.picture.dtype == np.uint8
    assert max(shown.picture.shape) == 1024
    assert shown.aspect == pytest.approx(60), "pixels are 2 µm wide and 1 µm high"
    Image.new("L", (50, 40), 10).save(tmp_path / "flat.png")
    for name in ("none.png", "flat.png"):
        with pytest.raises(BrainseekError, match=name):
            read_plane(PatchedPlane(str(tmp_path / name), None, None))
