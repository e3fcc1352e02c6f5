"""Sections in memory: validation, gray conversion, and sizes after shrinking."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.area import AreaReducer, reduced_shape, shrink
from brainseek.catalog.sections.section import read_section, section_from_array, write_section


def gradient(dtype: type = np.uint8, shape: tuple[int, ...] = (40, 60)) -> np.ndarray:
    return (np.arange(np.prod(shape)) % 200).reshape(shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_supported_types_are_kept(dtype):
    section = section_from_array(gradient(dtype), 5.0, stain="Nissl", specimen="m1")
    assert section.image.dtype == dtype
    assert np.array_equal(section.image, gradient(dtype))
    assert (section.pixel_size_um, section.stain, section.specimen) == (5.0, "Nissl", "m1")


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint32, np.float16, np.float64, ">f4"])
def test_other_real_types_become_float32(dtype):
    section = section_from_array(gradient(dtype))
    assert section.image.dtype == np.float32
    assert np.array_equal(section.image, gradient(np.float32))


def test_bool_becomes_black_and_white():
    image = section_from_array(gradient() > 100).image
    assert image.dtype == np.uint8
    assert set(np.unique(image)) == {0, 255}


def test_opaque_alpha_is_dropped_and_transparency_refused():
    rgba = np.concatenate([gradient(shape=(40, 60, 3)), np.full((40, 60, 1), 255, np.uint8)], 2)
    assert np.array_equal(section_from_array(rgba).image, rgba[..., :3])
    rgba[0, 0, 3] = 254
    with pytest.raises(BrainseekError, match="transparent pixels"):
        section_from_array(rgba)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((0, 5)), "no pixels"),
        (np.zeros((64, 64), np.uint8), "value 0 everywhere"),
        (np.full((64, 64), 7.5), "value 7.5 everywhere"),
        (np.ones((1, 1)), "1 x 1 pixels"),
        (gradient(shape=(15, 90)), "90 x 15 pixels"),
        (np.where(gradient() == 3, np.nan, 1.0), "NaN or infinite"),
        (np.where(gradient() == 3, np.inf, 1.0), "NaN or infinite"),
        (np.where(gradient() == 3, 1e300, 1.0), "NaN or infinite"),
        (gradient(shape=(20, 40, 60)), "choose one slice"),
        (gradient(shape=(3, 40, 60)), "choose one slice"),
        (gradient(shape=(2, 40, 60, 3)), "choose one slice"),
        (np.arange(99.0), "not one image"),
        (gradient().astype(object), "type object"),
        (gradient().astype(complex), "type complex128"),
        (gradient().astype(str), "real numbers"),
    ],
)
def test_unusable_arrays_say_why(array, message):
    with pytest.raises(BrainseekError, match=message):
        section_from_array(array)


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_pixel_size(size):
    with pytest.raises(BrainseekError, match="positive number of µm"):
        section_from_array(gradient(), size)


def test_tissue_mask_must_fit():
    assert section_from_array(gradient(), tissue_mask=gradient()).tissue_mask.dtype == bool
    with pytest.raises(BrainseekError, match="tissue mask has shape"):
        section_from_array(gradient(), tissue_mask=np.ones((5, 5)))


def test_gray_of_8_bit_is_division_by_255():
    assert np.allclose(section_from_array(gradient()).gray(), gradient() / 255)


def test_gray_of_colour_is_luminance():
    colour = np.random.default_rng(0).integers(0, 256, (30, 30, 3), np.uint8)
    expected = np.empty((30, 30))
    for r in range(30):
        for c in range(30):
            red, green, blue = colour[r, c] / 255
            expected[r, c] = 0.299 * red + 0.587 * green + 0.114 * blue
    assert np.allclose(section_from_array(colour).gray(), expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_gray_is_invariant_to_gain_and_offset_and_robust_to_hot_pixels(dtype):
    image = np.random.default_rng(1).integers(100, 900, (200, 200)).astype(dtype)
    hot = image.copy()
    hot[0, :5] = 60_000
    gray = section_from_array(image).gray()
    assert gray.dtype == np.float32
    assert gray.min() == 0
    assert gray.max() == 1
    assert np.allclose(gray, section_from_array(image * 3 + 50).gray(), atol=1e-5)
    assert np.abs(gray - section_from_array(hot).gray())[1:].max() < 0.02


def test_gray_of_an_image_that_is_almost_constant_stays_finite():
    image = np.zeros((100, 100), np.float32)
    image[50, 50] = 4
    gray = section_from_array(image).gray()
    assert gray[50, 50] == 1
    assert gray.sum() == 1


def slow_area_average(image: np.ndarray, out_shape: tuple[int, int]) -> np.ndarray:
    """Average by intersecting rectangles, one output pixel at a time."""
    height, width = image.shape
    out = np.zeros(out_shape)
    for r in range(out_shape[0]):
        for c in range(out_shape[1]):
            top, bottom = r * height / out_shape[0], (r + 1) * height / out_shape[0]
            left, right = c * width / out_shape[1], (c + 1) * width / out_shape[1]
            total = 0.0
            for y in range(int(top), min(height, int(np.ceil(bottom)))):
                for x in range(int(left), min(width, int(np.ceil(right)))):
                    area = (min(bottom, y + 1) - max(top, y)) * (min(right, x + 1) - max(left, x))
                    total += area * image[y, x]
            out[r, c] = total / ((bottom - top) * (right - left))
    return out


@pytest.mark.parametrize(("shape", "out_shape"), [((50, 61), (17, 20)), ((40, 40), (39, 13))])
def test_area_average_against_loops_however_it_is_divided(shape, out_shape):
    rng = np.random.default_rng(2)
    image = rng.random(shape, np.float32)
    expected = slow_area_average(image, out_shape)
    for block in (100, 16, 7):
        reducer = AreaReducer(shape, out_shape, 1)
        for r in range(0, shape[0], block):
            for c in range(0, shape[1], block):
                reducer.add(image[r : r + block, c : c + block, None], r, c)
        assert np.allclose(reducer.result(np.dtype(np.float32))[..., 0], expected, atol=1e-5)


def test_shrinking_keeps_the_mean_and_leaves_small_images_alone():
    image = np.random.default_rng(3).integers(0, 60_000, (600, 900), np.uint16)
    small = shrink(image, 300)
    assert small.shape == (200, 300)
    assert small.dtype == np.uint16
    assert abs(small.mean() - image.mean()) < 1
    assert shrink(image, 900) is image
    assert shrink(image, None) is image


def test_reduced_shape():
    assert reduced_shape(20_480, 25_600, 1024) == (819, 1024)
    assert reduced_shape(100, 50, 1024) == (100, 50)
    assert reduced_shape(10_000, 2, 1000) == (1000, 1)


def test_missing_folder_empty_and_foreign_files(tmp_path: Path):
    with pytest.raises(BrainseekError, match="does not exist"):
        read_section(tmp_path / "none.tif")
    with pytest.raises(BrainseekError, match="is a folder"):
        read_section(tmp_path)
    empty = tmp_path / "empty.png"
    empty.touch()
    with pytest.raises(BrainseekError, match="is empty"):
        read_section(empty)
    for name, content in (("a.png", b"hello, I am text"), ("b.nii.gz", b"PK\x03\x04" * 200)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BrainseekError, match="not an image that brainseek reads"):
            read_section(tmp_path / name)
    with pytest.raises(BrainseekError, match="max_side 8"):
        read_section(tmp_path / "a.png", max_side=8)


@pytest.mark.parametrize("pixel_size_um", [0.65, 500.0, None])
@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_what_was_written_is_read_again(tmp_path, dtype, shape, pixel_size_um):
    section = section_from_array(gradient(dtype, shape), pixel_size_um)
    back = read_section(write_section(section, tmp_path / "s.tif"))
    assert back.image.dtype == dtype
    assert np.array_equal(back.image, section.image)
    assert back.pixel_size_um == pixel_size_um
