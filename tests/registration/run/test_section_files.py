"""Names of outputs: one for each input, none twice."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import writable_folder, write_whole
from brainseek.catalog.sections.section import read_section
from brainseek.registration.exports.coordinates.full_resolution import (
    from_full,
    to_full,
)
from brainseek.registration.run.section_files import output_stems


@pytest.mark.parametrize(
    ("files", "stems"),
    [
        (["a/s.png", "b/t.png"], ["s", "t"]),
        (["a/s.png", "b/s.png", "c/s_1.png"], ["s_2", "s_3", "s_1"]),
        (["a/s.png", "b/S.tif"], ["s_1", "S_2"]),
        (["x/Schnitt é 1.ome.tif", "y.nii.gz"], ["Schnitt é 1", "y"]),
        (["e\u0301.png", "\u00e9.png"], ["é_1", "é_2"]),
        (["series.png", "report.png"], ["series_1", "report_1"]),
        (["s.png"] * 3, ["s_1", "s_2", "s_3"]),
    ],
)
def test_stems(files, stems):
    assert output_stems([Path(file) for file in files]) == stems


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(BrainseekError, match="can't be written"):
        write_whole(tmp_path / "none" / "a.txt", b"a")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BrainseekError, match="can't be written"):
        write_whole(tmp_path / "folder", b"a")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert write_whole(tmp_path / "ü b.txt", b"a").read_bytes() == b"a"
    with pytest.raises(BrainseekError, match="choose another one"):
        writable_folder(tmp_path / "ü b.txt" / "deeper")


def test_the_size_of_a_file_is_that_of_the_picture_as_it_is_shown(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (30, 50, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    sizes = {"turned.jpg": (50, 30), "a.png": (30, 50), "a.tif": (30, 50)}
    for name, size in sizes.items():
        assert read_section(tmp_path / name, max_side=32).file_shape == size
    corner = np.array([[-0.5, -0.5], [29.5, 49.5]])
    np.testing.assert_allclose(
        to_full(corner, (30, 50), (300, 1000)), [[-0.5, -0.5], [299.5, 999.5]]
    )
    np.testing.assert_allclose(
        from_full(to_full(corner, (30, 50), (7, 9)), (30, 50), (7, 9)), corner
    )
