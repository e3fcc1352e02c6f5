"""Section pixels into the atlas and back, through the file and through tables."""

import csv
import io

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.exports.coordinates.coordinate_map import (
    coordinate_map,
    read_coordinate_map,
    transform_points,
)
from brainseek.registration.exports.coordinates.full_resolution import from_full
from brainseek.registration.exports.coordinates.points_csv import carried, read_points
from tests.registration.exports.made_alignment import ATLAS, SHAPE, TREE, made_alignment

FULL = (1100, 1500)
NAMES = {structure.id: structure.acronym for structure in TREE}


def made_map(bend: float):
    return coordinate_map(made_alignment(bend), FULL, ATLAS.space_axes, NAMES)


def some_points(n: int = 300) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.5, np.array(FULL) - 0.5, (n, 2))


@pytest.mark.parametrize(("bend", "within_um"), [(0, 0.01), (4, 2)])
def test_the_file_holds_the_alignment(tmp_path, bend, within_um):
    file = tmp_path / "Schnitt 1 é.npz"
    file.write_bytes(made_map(bend).to_bytes())
    points = some_points()
    expected = made_alignment(bend).to_atlas_um(from_full(points, SHAPE, FULL))
    found = transform_points(file, points)
    assert np.abs(found - expected).max() < within_um


@pytest.mark.parametrize("bend", [0, 4])
def test_there_and_back_is_within_a_tenth_of_a_pixel(bend):
    mapping, points = made_map(bend), some_points()
    back = transform_points(mapping, mapping.to_atlas(points), to="section")
    assert np.abs(back[:, :2] - points).max() < 0.1
    assert np.abs(back[:, 2]).max() < 0.01


def test_the_distance_from_the_plane_is_kept_apart():
    mapping = made_map(4)
    plane = mapping.plane
    normal = np.cross(plane.u, plane.v)
    normal /= np.linalg.norm(normal)
    points = some_points(20)
    lifted = mapping.to_atlas(points) + 250 * normal
    back = transform_points(mapping, lifted, to="section")
    assert np.abs(back[:, :2] - points).max() < 0.1
    np.testing.assert_allclose(back[:, 2], 250, atol=0.01)


def test_points_off_the_image_are_nan():
    mapping = made_map(0)
    assert np.isnan(mapping.to_atlas(np.array([[-3.0, 5], [5, 1502], [np.nan, 1]]))).all()
    far = transform_points(mapping, np.array([[5000.0, 90000, 90000]]), to="section")
    assert np.isnan(far[0, :2]).all()


def test_the_arrays_can_be_read_without_brainseek(tmp_path):
    (tmp_path / "a.npz").write_bytes(made_map(4).to_bytes())
    with np.load(tmp_path / "a.npz") as held:
        row, column = held["row"][40], held["column"][50]
        found = [held[f"{axis}_um"][40, 50] for axis in ("AP", "DV", "ML")]
    place = from_full(np.array([[row, column]]), SHAPE, FULL)
    np.testing.assert_allclose(found, made_alignment(4).to_atlas_um(place)[0], atol=0.01)


def test_the_areas_of_pixels_add_up():
    per_pixel = made_map(0).pixel_area_um2()
    assert per_pixel.shape == SHAPE
    plane = made_alignment(0).plane
    whole = np.linalg.norm(np.cross(plane.u, plane.v))
    np.testing.assert_allclose(per_pixel, whole / per_pixel.size, rtol=1e-3)


def rows_of(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode()), delimiter=delimiter))


@pytest.mark.parametrize(
    "header", ["row,column,cell", "x,y,cell", "x;y;cell", "\ufeffrow\tcolumn\tcell"]
)
def test_a_table_goes_there_and_back(tmp_path, header):
    mapping, points = made_map(4), some_points(50)
    delimiter = max(",;\t", key=header.count)
    values = points[:, ::-1] + 0.5 if "x" in header else points
    lines = [header, *(delimiter.join([f"{a:.4f}", f"{b:.4f}", "Zelle ü"]) for a, b in values)]
    file = tmp_path / "my points.csv"
    file.write_text("\r\n".join(lines), encoding="utf-8")
    there = carried(read_points(file), mapping, "atlas")
    assert all(row["cell"] == "Zelle ü" for row in rows_of(there, delimiter))
    file.write_bytes(there)
    back = rows_of(carried(read_points(file), mapping, "section"), delimiter)
    found = np.array([[float(row["section_row"]), float(row["section_column"])] for row in back])
    assert np.abs(found - points).max() < 0.2
    assert {"AP_um", "DV_um", "ML_um", "structure_id", "structure"} <= set(back[0])


def test_points_know_their_structure(tmp_path):
    mapping = made_map(0)
    labels = made_alignment().labels()
    row, column = (int(x) for x in np.argwhere(labels == 312782546)[30])
    file = tmp_path / "p.csv"
    file.write_text(f"row,column\n{row * 10 + 4.5},{column * 10 + 4.5}\n-9,4\n")
    inside, off = rows_of(carried(read_points(file), mapping, "atlas"))
    assert (inside["structure_id"], inside["structure"]) == ("312782546", "VISa1")
    assert (off["AP_um"], off["structure_id"]) == ("", "")


@pytest.mark.parametrize(
    ("text", "to", "says"),
    [
        ("", "atlas", "empty"),
        ("a,b\n1,2\n", "atlas", "neither row and column nor x and y"),
        ("row,column\n1\n", "atlas", "row 2"),
        ("row,column\n1,2\n3,no\n", "atlas", "'no' in row 3, column 'column'"),
        ("row,column\n1,inf\n", "atlas", "not a finite number"),
        ("AP_um,DV_um\n1,2\n", "section", "no column 'ML_um'"),
    ],
)
def test_bad_tables_get_one_sentence(tmp_path, text, to, says):
    file = tmp_path / "points.csv"
    file.write_text(text)
    with pytest.raises(BrainseekError, match=says):
        carried(read_points(file), made_map(0), to)


def test_bad_questions_get_one_sentence(tmp_path):
    (tmp_path / "no.npz").write_bytes(b"nothing")
    np.savez(tmp_path / "other.npz", a=np.zeros(2))
    for name, says in [("no", "is not a coordinate map"), ("other", "is not a"), ("x", "exist")]:
        with pytest.raises(BrainseekError, match=says):
            read_coordinate_map(tmp_path / f"{name}.npz")
    with pytest.raises(BrainseekError, match="'mars'"):
        transform_points(made_map(0), np.zeros((1, 2)), to="mars")
    with pytest.raises(BrainseekError, match=r"\(1, 3\)"):
        transform_points(made_map(0), np.zeros((1, 3)))
    for missing in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BrainseekError, match="can't be read"):
            read_points(missing)
