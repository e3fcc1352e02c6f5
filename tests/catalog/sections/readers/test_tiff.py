"""TIFF in its many forms, against OpenCV's area resize and tifffile's own reader."""

import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import read_section
from tests.catalog.sections.made_images import LAYOUTS, noise, write_layout


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_layout_reads_exactly_and_shrinks_by_area(tmp_path: Path, layout, dtype):
    image = write_layout(tmp_path / "a.tif", layout, dtype)
    found = read_section(tmp_path / "a.tif", max_side=None).image
    assert found.dtype == dtype
    assert np.array_equal(found, image)
    small = read_section(tmp_path / "a.tif", max_side=150).image
    expected = cv2.resize(image.astype(np.float32), (150, 107), interpolation=cv2.INTER_AREA)
    assert small.dtype == dtype
    assert small.shape == (107, 150)
    tolerance = 0.51 if dtype != np.float32 else 1e-4
    assert np.abs(small - expected).max() <= tolerance


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_colour_both_ways(tmp_path: Path, planar, compression):
    image = noise((90, 110, 3))
    written = image if planar == "contig" else np.moveaxis(image, 2, 0)
    tifffile.imwrite(
        tmp_path / "rgb.tif",
        written,
        photometric="rgb",
        planarconfig=planar,
        compression=compression,
    )
    assert np.array_equal(read_section(tmp_path / "rgb.tif").image, image)


def test_alpha(tmp_path: Path):
    image = noise((60, 80, 4))
    tifffile.imwrite(tmp_path / "a.tif", image, photometric="rgb", extrasamples=["unassalpha"])
    with pytest.raises(BrainseekError, match="transparent pixels"):
        read_section(tmp_path / "a.tif")
    image[..., 3] = 255
    tifffile.imwrite(tmp_path / "a.tif", image, photometric="rgb", extrasamples=["unassalpha"])
    assert np.array_equal(read_section(tmp_path / "a.tif").image, image[..., :3])


def test_palette_bilevel_and_min_is_white(tmp_path: Path):
    picture = Image.fromarray(noise()).quantize(16)
    picture.save(tmp_path / "p.tif", compression="tiff_lzw")
    assert np.array_equal(
        read_section(tmp_path / "p.tif").image, np.asarray(picture.convert("RGB"))
    )
    bits = Image.fromarray(noise()).convert("1")
    bits.save(tmp_path / "b.tif", compression="group4")
    assert np.array_equal(read_section(tmp_path / "b.tif").image, np.asarray(bits.convert("L")))
    tifffile.imwrite(tmp_path / "w.tif", noise(), photometric="miniswhite")
    assert np.array_equal(read_section(tmp_path / "w.tif").image, 255 - noise())


def test_channels_that_are_neither_gray_nor_rgb(tmp_path: Path):
    tifffile.imwrite(
        tmp_path / "c.tif", noise((60, 80, 2)), photometric="minisblack", planarconfig="contig"
    )
    with pytest.raises(BrainseekError, match="2 channels per pixel"):
        read_section(tmp_path / "c.tif")
    tifffile.imwrite(tmp_path / "k.tif", noise((60, 80, 4)), photometric="separated")
    with pytest.raises(BrainseekError, match="stored as SEPARATED"):
        read_section(tmp_path / "k.tif")


@pytest.mark.parametrize(
    ("unit", "value", "expected"), [("µm", 0.65, 0.65), ("nm", 650, 0.65), ("mm", 0.002, 2.0)]
)
def test_ome_pixel_size_with_unit(tmp_path: Path, unit, value, expected):
    metadata = {"axes": "YX", "PhysicalSizeX": value, "PhysicalSizeXUnit": unit}
    metadata |= {"PhysicalSizeY": value, "PhysicalSizeYUnit": unit}
    tifffile.imwrite(tmp_path / "a.ome.tif", noise(), metadata=metadata, resolution=(72, 72))
    assert read_section(tmp_path / "a.ome.tif").pixel_size_um == pytest.approx(expected)
    small = read_section(tmp_path / "a.ome.tif", max_side=210)
    assert small.pixel_size_um == pytest.approx(2 * expected)


def test_ome_size_in_pixels_is_no_size(tmp_path: Path):
    metadata = {"axes": "YX", "PhysicalSizeX": 1, "PhysicalSizeXUnit": "pixel"}
    tifffile.imwrite(tmp_path / "a.ome.tif", noise(), metadata=metadata)
    assert read_section(tmp_path / "a.ome.tif").pixel_size_um is None


def test_resolution_tags_and_imagej(tmp_path: Path):
    for unit, per_unit, expected in (
        ("CENTIMETER", 1000, 10.0),
        ("INCH", 2540, 10.0),
        ("INCH", 72, None),
        ("NONE", 1000, None),
    ):
        tifffile.imwrite(
            tmp_path / "r.tif", noise(), resolution=(per_unit, per_unit), resolutionunit=unit
        )
        size = read_section(tmp_path / "r.tif").pixel_size_um
        assert size == (None if expected is None else pytest.approx(expected))
    for unit in ("um", "micron", "\\u00B5m"):
        tifffile.imwrite(
            tmp_path / "ij.tif", noise(), imagej=True, resolution=(2, 2), metadata={"unit": unit}
        )
        assert read_section(tmp_path / "ij.tif").pixel_size_um == pytest.approx(0.5)


def test_pixels_that_are_not_square_become_square(tmp_path: Path):
    metadata = {"axes": "YX", "PhysicalSizeX": 2.0, "PhysicalSizeY": 4.0}
    ramp = np.repeat(np.linspace(0, 1, 100, dtype=np.float32)[:, None], 150, axis=1)
    tifffile.imwrite(tmp_path / "a.ome.tif", ramp, metadata=metadata)
    section = read_section(tmp_path / "a.ome.tif")
    assert section.image.shape == (200, 150)
    assert section.pixel_size_um == pytest.approx(2)
    assert np.allclose(
        section.image[2:-2, 0],
        np.interp((np.arange(200) + 0.5) / 2 - 0.5, np.arange(100), ramp[:, 0])[2:-2],
        atol=1e-5,
    )


@pytest.mark.parametrize("kind", ["subifds", "pages", "pages without tifffile's hints"])
def test_pyramid_takes_the_smallest_level_that_suffices(tmp_path: Path, kind):
    levels = [np.full((800 >> i, 1200 >> i), 40 * (i + 1), np.uint8) for i in range(3)]
    for level in levels:
        level[0, 0] = 0  # not constant
    path = tmp_path / "pyramid.tif"
    options = {"tile": (128, 128), "compression": "deflate", "resolutionunit": "CENTIMETER"}
    if kind.endswith("hints"):
        options["metadata"] = None
    with tifffile.TiffWriter(path) as writer:
        subifds = 2 if kind == "subifds" else None
        writer.write(levels[0], subifds=subifds, resolution=(10_000, 10_000), **options)
        for level in levels[1:]:
            writer.write(level, subfiletype=1, **options)
    for side, value, size in (
        (None, 40, 1),
        (1200, 40, 1),
        (601, 40, 2),
        (600, 80, 2),
        (250, 120, 4.8),
    ):
        section = read_section(path, max_side=side)
        assert np.median(section.image) == value
        assert section.pixel_size_um == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize("options", [{}, {"compression": "deflate"}, {"imagej": True}])
def test_stack_needs_a_choice(tmp_path: Path, options):
    stack = noise((5, 60, 80))
    tifffile.imwrite(tmp_path / "s.tif", stack, photometric="minisblack", **options)
    with pytest.raises(BrainseekError, match=r"stack of 5 planes; choose one with slice_index"):
        read_section(tmp_path / "s.tif")
    with pytest.raises(BrainseekError, match="slice 5"):
        read_section(tmp_path / "s.tif", slice_index=5)
    with pytest.raises(BrainseekError, match="axis 1 does not apply"):
        read_section(tmp_path / "s.tif", slice_index=1, axis=1)
    for index in range(5):
        found = read_section(tmp_path / "s.tif", slice_index=index).image
        assert np.array_equal(found, stack[index])


def test_stack_stored_without_a_page_for_each_plane(tmp_path: Path):
    stack = noise((5, 60, 80))
    tifffile.imwrite(tmp_path / "v.tif", stack, volumetric=True, tile=(16, 16, 16))
    with pytest.raises(BrainseekError, match="stores its planes together"):
        read_section(tmp_path / "v.tif", slice_index=1)
    tifffile.imwrite(tmp_path / "h.tif", noise((2, 3, 60, 80)), photometric="minisblack")
    with pytest.raises(BrainseekError, match="4 dimensions"):
        read_section(tmp_path / "h.tif", slice_index=1)


@pytest.mark.parametrize("options", [{}, {"compression": "deflate"}, {"tile": (64, 64)}])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.98])
def test_truncated(tmp_path: Path, options, share):
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, noise(), **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BrainseekError, match=r"incomplete|no image"):
        read_section(path)


def test_corrupt_compressed_data(tmp_path: Path):
    path = tmp_path / "bad.tif"
    tifffile.imwrite(path, noise(), compression="deflate")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = b"\0" * 400
    path.write_bytes(content)
    with pytest.raises(BrainseekError, match="damaged or incomplete TIFF"):
        read_section(path)


def test_nan_and_size(tmp_path: Path):
    image = noise(dtype=np.float32)
    image[5, 5] = np.nan
    tifffile.imwrite(tmp_path / "n.tif", image)
    with pytest.raises(BrainseekError, match="NaN"):
        read_section(tmp_path / "n.tif")
    tifffile.imwrite(tmp_path / "one.tif", np.ones((1, 1), np.uint8))
    with pytest.raises(BrainseekError, match="1 x 1 pixels"):
        read_section(tmp_path / "one.tif")


def test_strip_too_large_to_decode(tmp_path: Path):
    tifffile.imwrite(tmp_path / "a.tif", noise(), rowsperstrip=300, compression="deflate")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as tif:
        for name in ("ImageWidth", "ImageLength", "RowsPerStrip"):
            tif.pages[0].tags[name].overwrite(40_000)
    with pytest.raises(BrainseekError, match="save it with tiles"):
        read_section(tmp_path / "a.tif")


def test_large_tiff_is_read_without_holding_it(tmp_path: Path):
    """A 12 000 x 12 000 file (144 MB) is read within 40 MB."""
    band = np.tile(np.arange(12_000, dtype=np.uint16).astype(np.uint8), (500, 1))
    writer_options = {"shape": (12_000, 12_000), "dtype": np.uint8, "rowsperstrip": 500}
    tifffile.imwrite(tmp_path / "big.tif", (band for _ in range(24)), **writer_options)
    tracemalloc.start()
    section = read_section(tmp_path / "big.tif")
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert section.image.shape == (1024, 1024)
    assert np.abs(section.image.mean() - band.mean()) < 0.1
    assert peak_mb < 40
