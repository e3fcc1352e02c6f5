"""Coordinates of registered sections and the patches around them, on small made files."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.registered_sections import read_registered_sections

HEADER = "file,row,column,x_um,y_um,z_um,remark\n"


@pytest.fixture
def folder(tmp_path):
    rows, columns = np.mgrid[:120, :160]
    tifffile.imwrite(tmp_path / "a.tif", (rows * 160 + columns).astype(np.uint16), tile=(32, 32))
    colours = np.stack([rows, columns, rows + columns], 2).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "b.png")
    (tmp_path / "places.csv").write_text(
        HEADER + "a.tif,60,80,-1000.5,2e3,30,first\nb.png,40.2,50.4,1,2,3,\na.tif,5,5,0,0,0,\n",
        encoding="utf-8",
    )
    return tmp_path


def test_the_table_is_read_as_written(folder):
    sections = read_registered_sections(folder / "places.csv", 1.0)
    assert len(sections) == 3
    assert [path.name for path in sections.files] == ["a.tif", "b.png", "a.tif"]
    assert sections.pixels.tolist() == [[60, 80], [40.2, 50.4], [5, 5]]
    assert sections.points_um.tolist() == [[-1000.5, 2000, 30], [1, 2, 3], [0, 0, 0]]


def test_an_odd_patch_has_its_place_in_the_middle_pixel(folder):
    sections = read_registered_sections(folder / "places.csv", 1.0)
    patch = sections.patch(0, 17, 1.0)
    rows, columns = np.mgrid[52:69, 72:89]
    assert patch.image.tolist() == (rows * 160 + columns).tolist()
    assert patch.pixel_size_um == 1.0
    colour = sections.patch(1, 17, 1.0).image
    assert colour[8, 8].tolist() == [40, 50, 90]


def test_coarser_pixels_are_means_of_the_file_s(folder):
    sections = read_registered_sections(folder / "places.csv", 2.0)
    patch = sections.patch(0, 20, 6.0)
    assert patch.image.shape == (20, 20)
    assert patch.pixel_size_um == pytest.approx(6.0)
    first_row, first_column = 60 - 29, 80 - 29
    for r, c in ((0, 0), (7, 12), (19, 19)):
        block = [
            (first_row + 3 * r + i) * 160 + first_column + 3 * c + j
            for i in range(3) for j in range(3)
        ]  # fmt: skip
        assert patch.image[r, c] == pytest.approx(np.mean(block), abs=0.51)


def test_patches_that_can_not_be_had_are_refused(folder):
    sections = read_registered_sections(folder / "places.csv", 2.0)
    with pytest.raises(BrainseekError, match="leaves"):
        sections.patch(2, 20, 2.0)
    with pytest.raises(BrainseekError, match=r"finer than the 2.0 µm of a.tif"):
        sections.patch(0, 20, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,row,column,x_um\na.tif,1,2,3\n", "lacks the columns y_um, z_um"),
        ("", "lacks the columns file"),
        (HEADER, "names no place"),
        (HEADER + "a.tif,1,2,nan,4,5,\n", "line 2 of places.csv has the x_um 'nan'"),
        (HEADER + "a.tif,1,2,3,4,5,\na.tif,1,two,3,4,5,\n", "line 3 .* column 'two'"),
        (HEADER + "a.tif,1,2\n", "line 2 .* x_um None"),
        (HEADER + ",1,2,3,4,5,\n", "line 2 of places.csv names no file"),
        (HEADER + "gone.tif,1,2,3,4,5,\n", "names the image gone.tif, which is not in"),
    ],
)
def test_faults_of_the_table_are_named(folder, text, message):
    (folder / "places.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BrainseekError, match=message):
        read_registered_sections(folder / "places.csv", 1.0)


def test_a_missing_table_or_an_impossible_pixel_size_is_refused(folder):
    with pytest.raises(BrainseekError, match="can't be read"):
        read_registered_sections(folder / "other.csv", 1.0)
    with pytest.raises(BrainseekError, match=r"pixel size -1\.0"):
        read_registered_sections(folder / "places.csv", -1.0)
