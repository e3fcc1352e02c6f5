"""Windows of planes, against the crop of a full read; only what they touch is read."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers import registry
from brainseek.catalog.sections.readers.nifti import slice_plane
from brainseek.catalog.sections.readers.reader import ReadRequest, Window
from brainseek.catalog.sections.readers.registry import planes_of, read_raw
from brainseek.catalog.sections.readers.tiff.kept import SegmentCache
from brainseek.catalog.sections.section import read_section
from brainseek.catalog.sections.window import BlankWindow, read_window
from tests.catalog.sections.made_images import LAYOUTS, noise, write_layout


class Part(Window):
    def of(self, image: np.ndarray) -> np.ndarray:
        return image[self.row : self.row + self.height, self.column : self.column + self.width]


PARTS = [Part(0, 0, 300, 420), Part(284, 404, 16, 16), Part(60, 30, 71, 66), Part(128, 96, 64, 32)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_tiff_window_is_the_crop_of_the_plane(tmp_path: Path, layout, dtype):
    image = write_layout(tmp_path / "a.tif", layout, dtype)
    for part in PARTS:
        found = read_window(tmp_path / "a.tif", part).image
        assert found.dtype == dtype
        assert np.array_equal(found, part.of(image))
    small = read_window(tmp_path / "a.tif", PARTS[2], max_side=40).image
    whole = PARTS[2].of(image).astype(np.float32)
    expected = cv2.resize(whole, (small.shape[1], 40), interpolation=cv2.INTER_AREA)
    assert np.abs(small - expected).max() <= (0.51 if dtype != np.float32 else 1e-4)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("options", [{}, {"compression": "deflate"}, {"tile": (32, 48)}])
def test_colour_windows(tmp_path: Path, planar, options):
    image = noise((90, 110, 3))
    written = image if planar == "contig" else np.moveaxis(image, 2, 0)
    tifffile.imwrite(
        tmp_path / "rgb.tif", written, photometric="rgb", planarconfig=planar, **options
    )
    part = Part(20, 40, 55, 61)
    assert np.array_equal(read_window(tmp_path / "rgb.tif", part).image, part.of(image))


def test_jpeg_tiles_palette_bilevel_and_min_is_white(tmp_path: Path):
    part = Part(50, 70, 90, 110)
    smooth = cv2.GaussianBlur(noise((300, 420, 3)), (0, 0), 9)
    options = {"tile": (64, 64), "compression": "jpeg", "photometric": "ycbcr"}
    tifffile.imwrite(tmp_path / "j.tif", smooth, **options)
    Image.fromarray(noise()).quantize(16).save(tmp_path / "p.tif", compression="tiff_lzw")
    Image.fromarray(noise()).convert("1").save(tmp_path / "b.tif", compression="group4")
    tifffile.imwrite(tmp_path / "w.tif", noise(), photometric="miniswhite")
    for name in ("j.tif", "p.tif", "b.tif", "w.tif"):
        whole = read_section(tmp_path / name).image
        assert np.array_equal(read_window(tmp_path / name, part).image, part.of(whole))


@pytest.mark.parametrize(
    "options", [{}, {"compression": "deflate"}, {"imagej": True}, {"tile": (32, 32)}]
)
def test_windows_of_a_stack(tmp_path: Path, options):
    stack = noise((5, 60, 80))
    tifffile.imwrite(tmp_path / "s.tif", stack, photometric="minisblack", **options)
    part = Part(11, 17, 40, 50)
    for index in (0, 4, 2):
        found = read_window(tmp_path / "s.tif", part, slice_index=index).image
        assert np.array_equal(found, part.of(stack[index]))
    with pytest.raises(BrainseekError, match="stack of 5 planes"):
        read_window(tmp_path / "s.tif", part)


def test_a_pyramid_gives_the_level_that_suffices(tmp_path: Path):
    y, x = np.mgrid[:1600, :2400]
    fine = (120 + 80 * np.sin(x / 120) * np.cos(y / 90)).astype(np.uint8)
    levels = [cv2.resize(fine, (2400 >> i, 1600 >> i), interpolation=cv2.INTER_AREA)
              for i in range(3)]  # fmt: skip
    path = tmp_path / "pyramid.tif"
    tile = {"tile": (128, 128), "compression": "deflate", "resolutionunit": "CENTIMETER"}
    with tifffile.TiffWriter(path) as writer:
        writer.write(levels[0], subifds=2, resolution=(10_000, 10_000), **tile)
        for level in levels[1:]:
            writer.write(level + 20, subfiletype=1, **tile)  # recognisable
    part = Part(333, 517, 800, 1000)
    for side, added, size in ((1000, 0, 1), (501, 0, 1.996), (500, 20, 2), (100, 20, 10)):
        section = read_window(path, part, max_side=side)
        true = cv2.resize(part.of(fine), section.image.shape[::-1], interpolation=cv2.INTER_AREA)
        assert section.pixel_size_um == pytest.approx(size, rel=1e-3)
        assert np.abs(section.image.astype(float) - added - true).max() < 4


def test_pixels_that_are_not_square_become_square(tmp_path: Path):
    metadata = {"axes": "YX", "PhysicalSizeX": 2.0, "PhysicalSizeY": 4.0}
    tifffile.imwrite(tmp_path / "a.ome.tif", noise(), metadata=metadata)
    section = read_window(tmp_path / "a.ome.tif", Part(10, 20, 30, 40))
    assert section.image.shape == (60, 40)
    assert section.pixel_size_um == pytest.approx(2)
    square = read_window(tmp_path / "a.ome.tif", Part(10, 20, 30, 40), pixel_size_um=7)
    assert square.image.shape == (30, 40)
    assert square.pixel_size_um == pytest.approx(7)


def test_png_jpeg_and_nifti_planes_are_decoded_once(tmp_path: Path, monkeypatch):
    image = noise((120, 150))
    Image.fromarray(image).save(tmp_path / "a.png")
    Image.fromarray(image).save(tmp_path / "a.jpg")
    nibabel.save(nibabel.Nifti1Image(noise((40, 50, 60)), np.eye(4)), tmp_path / "v.nii.gz")
    registry._plane.cache_clear()
    part = Part(7, 9, 20, 30)
    for name, choice in (
        ("a.png", {}),
        ("a.jpg", {}),
        ("v.nii.gz", {"slice_index": 3, "axis": 2}),
        ("v.nii.gz", {"slice_index": 4, "axis": 0}),
    ):
        whole = read_section(tmp_path / name, **choice).image
        for _ in range(3):
            found = read_window(tmp_path / name, part, **choice).image
            assert np.array_equal(found, part.of(whole))
    assert registry._plane.cache_info().misses == 4
    assert registry._plane.cache_info().currsize <= registry.KEPT_PLANES


def test_a_changed_file_is_read_again(tmp_path: Path):
    part = Part(0, 0, 30, 30)
    for name, write in (
        ("a.png", lambda image, path: Image.fromarray(image).save(path)),
        ("a.tif", lambda image, path: tifffile.imwrite(path, image, compression="deflate")),
    ):
        for image in (noise((50, 50)), 255 - noise((50, 60))):
            write(image, tmp_path / name)
            assert np.array_equal(read_window(tmp_path / name, part).image, part.of(image))


def test_windows_that_are_impossible(tmp_path: Path):
    image = noise((100, 120))
    image[50:, 60:] = 9
    Image.fromarray(image).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", image, compression="deflate")
    for name in ("a.png", "a.tif"):
        path = tmp_path / name
        for part in (Part(-1, 0, 20, 20), Part(0, 101, 20, 20), Part(81, 0, 20, 20)):
            with pytest.raises(BrainseekError, match=f"leaves {name}, which has 120 x 100 pix"):
                read_window(path, part)
        with pytest.raises(BrainseekError, match="15 x 20 pixels is too small"):
            read_window(path, Part(0, 0, 20, 15))
        with pytest.raises(BlankWindow, match=r"row 60, column 70 of .* value 9 everywhere"):
            read_window(path, Part(60, 70, 20, 20))
        with pytest.raises(BrainseekError, match="below 16 pixels"):
            read_window(path, Part(0, 0, 20, 100), max_side=40)
        with pytest.raises(BrainseekError, match="max_side 3"):
            read_window(path, Part(0, 0, 20, 100), max_side=3)
    for name, content in (("e.png", b""), ("t.tif", b"no image"), ("h.tif", b"II*\0abcd")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BrainseekError, match=name):
            read_window(tmp_path / name, Part(0, 0, 20, 20))
    with pytest.raises(BrainseekError, match="does not exist"):
        read_window(tmp_path / "nothing.png", Part(0, 0, 20, 20))


def test_damage_matters_only_where_it_is(tmp_path: Path):
    image = noise((256, 256))
    tifffile.imwrite(tmp_path / "a.tif", image, tile=(64, 64), compression="deflate")
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        offset = tif.pages[0].dataoffsets[15]
    content = bytearray((tmp_path / "a.tif").read_bytes())
    content[offset + 20 : offset + 60] = b"\0" * 40
    (tmp_path / "a.tif").write_bytes(content)
    part = Part(0, 0, 190, 190)
    assert np.array_equal(read_window(tmp_path / "a.tif", part).image, part.of(image))
    with pytest.raises(BrainseekError, match="damaged or incomplete TIFF"):
        read_window(tmp_path / "a.tif", Part(200, 200, 20, 20))


@pytest.mark.parametrize("options", [{}, {"tile": (256, 256), "compression": "zlib"}])
def test_a_window_of_a_large_tiff_reads_little(tmp_path: Path, monkeypatch, options):
    side = 6144
    image = np.tile(np.arange(side, dtype=np.uint16).astype(np.uint8), (side, 1))
    tifffile.imwrite(tmp_path / "big.tif", image, **options)
    reads: list[int] = []
    plain = tifffile.FileHandle.read

    def counted(self, size=-1, *arguments):
        reads.append(size)
        return plain(self, size, *arguments)

    monkeypatch.setattr(tifffile.FileHandle, "read", counted)
    part = Part(3000, 2900, 400, 500)
    tracemalloc.start()
    found = read_window(tmp_path / "big.tif", part).image
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(found, part.of(image))
    assert sum(reads) < 1 << 20
    assert peak < 8 << 20


def test_many_threads_and_files(tmp_path: Path):
    images = {f"{i}.tif": noise((200, 200)) // (i + 1) for i in range(3)}
    for name, image in images.items():
        tifffile.imwrite(tmp_path / name, image, tile=(64, 64), compression="deflate")
    rng = np.random.default_rng(1)
    jobs = [(f"{i % 3}.tif", Part(*map(int, rng.integers(0, 150, 2)), 50, 50)) for i in range(90)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda job: read_window(tmp_path / job[0], job[1]).image, jobs))
    for (name, part), pixels in zip(jobs, found, strict=True):
        assert np.array_equal(pixels, part.of(images[name]))


def test_the_segment_cache_stays_within_its_bound():
    cache = SegmentCache(1000)
    for number in range(50):
        made = cache.get(number % 7, lambda: np.zeros(300, np.uint8))
        assert made.size == 300
        assert cache.n_bytes <= 1000
    assert cache.get("large", lambda: np.zeros(5000, np.uint8)).size == 5000
    assert cache.n_bytes <= 1000
    kept = cache.get("a", lambda: np.ones(10, np.uint8))
    assert cache.get("a", lambda: np.zeros(10, np.uint8)) is kept


def test_planes_are_counted_without_reading_them(tmp_path: Path):
    Image.fromarray(noise()).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "f.tif", noise())
    tifffile.imwrite(tmp_path / "s.tif", noise((5, 60, 80)), photometric="minisblack")
    affine = np.zeros((4, 4))
    affine[[1, 2, 0, 3], [0, 1, 2, 3]] = (-1, -1, 1, 1)  # stored as P, I, R
    nibabel.save(nibabel.Nifti1Image(noise((20, 24, 28)), affine), tmp_path / "v.nii.gz")
    found = {path.name: planes_of(path) for path in sorted(tmp_path.iterdir())}
    assert [(name, p.count, p.axis, p.stacked) for name, p in found.items()] == [
        ("a.png", 1, None, False),
        ("f.tif", 1, None, False),
        ("s.tif", 5, None, True),
        ("v.nii.gz", 20, 1, True),
    ]
    assert planes_of(tmp_path / "v.nii.gz", 0).count == 28
    assert planes_of(tmp_path / "v.nii.gz", 2).count == 24
    with pytest.raises(BrainseekError, match="axis 3"):
        planes_of(tmp_path / "v.nii.gz", 3)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "SAL"])
def test_slices_know_their_place_in_space(tmp_path: Path, codes):
    """Every voxel holds its own world coordinate, so that reading a slice reads the truth."""
    rng = np.random.default_rng(3)
    affine = np.zeros((4, 4))
    for stored, code in enumerate(codes):
        affine["RLAPSI".index(code) // 2, stored] = (stored + 2) * (1 if code in "RAS" else -1)
    affine[:3, :3] += 0.2 * rng.standard_normal((3, 3))  # oblique
    affine[:, 3] = 11, -7, 5, 1
    shape = (18, 20, 22)
    voxels = np.moveaxis(np.indices(shape), 0, -1)
    world = nibabel.affines.apply_affine(affine, voxels)
    for axis in range(3):
        at = slice_plane_of(tmp_path, world, affine, axis)
        for name in range(3):
            path = tmp_path / f"{name}.nii"
            values = read_raw(path, ReadRequest(None, 6, axis)).pixels
            height, width = values.shape
            for row, column in ((0, 0), (height - 1, 0), (3, width - 1)):
                point = at.point((column + 0.5) / width, (row + 0.5) / height)
                assert point[name] == pytest.approx(1000 * values[row, column], abs=0.5)


def slice_plane_of(folder: Path, world: np.ndarray, affine: np.ndarray, axis: int):
    for name in range(3):
        values = world[..., name].astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values, affine), folder / f"{name}.nii")
    return slice_plane(folder / "0.nii", 6, axis)
