"""PNG and JPEG against what an independent writer put in."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import read_section


def smooth(height: int = 120, width: int = 160) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return (127 + 60 * np.sin(y / 15) + 60 * np.cos(x / 22)).astype(np.uint8)


@pytest.mark.parametrize("name", ["plain.png", "ünïcode 脳.png", "wrong_suffix.jpg"])
def test_png_is_exact(tmp_path: Path, name):
    Image.fromarray(smooth()).save(tmp_path / name, format="PNG")
    section = read_section(tmp_path / name)
    assert np.array_equal(section.image, smooth())
    assert section.source_uri == str(tmp_path / name)
    assert section.pixel_size_um is None


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_png_keeps_its_depth(tmp_path: Path, channels):
    image = np.random.default_rng(0).integers(0, 65_536, (40, 50, channels), np.uint16)
    assert cv2.imwrite(str(tmp_path / "deep.png"), image[..., ::-1])
    found = read_section(tmp_path / "deep.png").image
    assert found.dtype == np.uint16
    assert np.array_equal(found.reshape(image.shape), image)


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "RGB"])
def test_other_png_modes(tmp_path: Path, mode):
    image = Image.fromarray(smooth()).convert(mode)
    image.save(tmp_path / "m.png")
    found = read_section(tmp_path / "m.png").image
    expected = np.asarray(image.convert("L" if mode in ("1", "LA") else "RGB"))
    assert np.array_equal(found, expected)


def test_transparent_png_is_refused_in_one_sentence(tmp_path: Path):
    image = Image.fromarray(smooth()).convert("RGBA")
    image.putalpha(Image.fromarray(smooth()))
    image.save(tmp_path / "glass.png")
    with pytest.raises(BrainseekError, match=r"glass\.png has transparent pixels"):
        read_section(tmp_path / "glass.png")


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_gray_colour_and_reduced(tmp_path: Path, progressive):
    image = smooth(800, 1200)
    Image.fromarray(image).save(tmp_path / "g.jpg", quality=95, progressive=progressive)
    colour = np.stack([image, 255 - image, image // 2], axis=2)
    Image.fromarray(colour).save(tmp_path / "c.jpg", quality=95, progressive=progressive)
    found = read_section(tmp_path / "g.jpg", max_side=None).image
    assert np.abs(found - image.astype(int)).max() < 9
    found = read_section(tmp_path / "c.jpg", max_side=None).image
    assert np.abs(found - colour.astype(int)).mean() < 3
    for side in (1024, 600, 290, 100):
        small = read_section(tmp_path / "g.jpg", max_side=side).image
        assert small.shape == (round(800 * side / 1200), side)
        expected = cv2.resize(image, small.shape[::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - expected).mean() < 2.5


def test_density_becomes_pixel_size_only_when_plausible(tmp_path: Path):
    for dpi, expected in ((2540, 10.0), (72, None), (300, None)):
        for name in ("a.png", "a.jpg"):
            Image.fromarray(smooth()).save(tmp_path / name, dpi=(dpi, dpi))
            size = read_section(tmp_path / name).pixel_size_um
            assert size == (None if expected is None else pytest.approx(expected, rel=1e-3))


def test_given_pixel_size_belongs_to_the_file_and_follows_shrinking(tmp_path: Path):
    Image.fromarray(smooth(400, 800)).save(tmp_path / "a.png", dpi=(2540, 2540))
    assert read_section(tmp_path / "a.png", pixel_size_um=3.0).pixel_size_um == pytest.approx(3)
    small = read_section(tmp_path / "a.png", max_side=200, pixel_size_um=3.0)
    assert small.image.shape == (100, 200)
    assert small.pixel_size_um == pytest.approx(12)
    with pytest.raises(BrainseekError, match="positive number"):
        read_section(tmp_path / "a.png", pixel_size_um=-1)


def test_exif_orientation_is_applied(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(smooth()).save(tmp_path / "turned.jpg", exif=exif, quality=98)
    found = read_section(tmp_path / "turned.jpg").image
    assert found.shape == (160, 120)
    assert np.abs(found.astype(int) - np.rot90(smooth(), -1)).mean() < 2


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_truncated_files(tmp_path: Path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8)
    path = tmp_path / f"cut.{suffix}"
    Image.fromarray(noise).save(path)
    content = path.read_bytes()
    for share in (0.02, 0.5, 0.95):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(BrainseekError, match="damaged or incomplete"):
            read_section(path)


def test_too_large_too_thin_and_too_small(tmp_path: Path):
    for size, message in (
        ((40_000, 20), "up to 30000 pixels a side"),
        ((20_000, 20), "shorter side would fall below 16"),
        ((1, 1), "at least 16"),
    ):
        Image.new("L", size, 3).save(tmp_path / "odd.png")
        with pytest.raises(BrainseekError, match=message):
            read_section(tmp_path / "odd.png")
    Image.new("1", (14_000, 13_000)).save(tmp_path / "odd.png")
    with pytest.raises(BrainseekError, match="megapixels"):
        read_section(tmp_path / "odd.png")


def test_black_image_and_arguments_that_do_not_apply(tmp_path: Path):
    Image.new("RGB", (100, 100)).save(tmp_path / "black.png")
    with pytest.raises(BrainseekError, match="value 0 everywhere"):
        read_section(tmp_path / "black.png")
    Image.fromarray(smooth()).save(tmp_path / "a.png")
    with pytest.raises(BrainseekError, match="slice 3"):
        read_section(tmp_path / "a.png", slice_index=3)
    with pytest.raises(BrainseekError, match="leave axis out"):
        read_section(tmp_path / "a.png", axis=1)
