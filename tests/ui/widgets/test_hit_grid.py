"""Pictures and texts of hits, whatever somebody wrote into a collection."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from brainseek.ui.widgets.hit_grid import PICTURE_SIDE, place_text, source_lines, thumbnail_picture
from brainseek.ui.widgets.markdown_text import literal, shortened

ROW = {
    "source_uri": "/data/a_b.nii.gz", "source_plane": 3, "source_axis": 1, "window_row": 5,
    "window_column": 6, "window_height": 7, "window_width": 8, "position_um": None,
    "ap_um": None, "dv_um": None, "ml_um": None,
}  # fmt: skip


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((height, width), 200, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def claimed(width: int, height: int) -> bytes:
    """Return a PNG whose header claims a size that its data don't have."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return png(2, 2)[:8] + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def test_a_thumbnail_lies_in_the_middle_of_a_square() -> None:
    picture = thumbnail_picture(png(96, 48))
    assert picture is not None
    assert picture.size == (PICTURE_SIDE, PICTURE_SIDE)
    alpha = np.asarray(picture)[:, :, 3]
    quarter = PICTURE_SIDE // 4
    assert (alpha[quarter:-quarter] == 255).all()
    assert (alpha[:quarter] == 0).all()
    assert (np.asarray(picture)[2 * quarter, :, 0] == 200).all()


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\x89PNG no", png(9, 9)[:40], claimed(60_000, 60_000), claimed(9_000, 9_000),
     b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", b"%!PS-Adobe-3.0 EPSF-3.0\n"],
)  # fmt: skip
def test_anything_else_is_no_picture(content: bytes | None) -> None:
    assert thumbnail_picture(content) is None


def test_places() -> None:
    assert place_text(ROW) == ""
    assert place_text({**ROW, "position_um": -1500.0}) == "-1.50 mm"
    everything = {"position_um": 1.0, "ap_um": -14000.0, "dv_um": 55.0, "ml_um": 0.0}
    assert place_text({**ROW, **everything}) == "AP -14.0 DV 0.1 ML 0.0"


def test_sources() -> None:
    assert source_lines(ROW) == ["a_b.nii.gz", "slice 3", "7 x 8 at (5, 6)"]
    assert source_lines({**ROW, "source_axis": 2})[1] == "slice 3 of axis 2"
    assert source_lines({**ROW, "source_plane": None}) == ["a_b.nii.gz", "", "7 x 8 at (5, 6)"]
    plate = {**ROW, "source_uri": "atlas://mni/plate/3", "source_plane": None, "window_row": None}
    assert source_lines(plate) == ["mni/plate/3", "", ""]


def test_texts() -> None:
    assert literal("a_b [c](d) ![e](f) $g$ :red[h]") == (
        r"a\_b \[c\](d) \!\[e\](f) \$g\$ \:red\[h\]"
    )
    assert "\x1b" not in literal("\x1b[0m")
    assert [shortened("abcdefghij", n) for n in (10, 9, 4, 3)] == [
        "abcdefghij", "abcd…ghij", "ab…j", "a…j",
    ]  # fmt: skip
