"""The tissue behind a hit is what lies in the window of the file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.collection import Collection
from brainseek.index.table.schema import Row, Window

ENCODER = "tiny@12345678"


def unit(n: int) -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(n, 4))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_windows_sections_and_unreachable_sources(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (80, 120), np.uint8)
    path = tmp_path / "s 1.png"
    Image.fromarray(pixels).save(path)
    vectors = unit(3)
    rows = [
        Row(vectors[0], "patch", str(path), window=Window(10, 20, 32, 40), pixel_size_um=2.0),
        Row(vectors[1], "section", str(path)),
        Row(vectors[2], "section", "https://example.org/s.png"),
    ]
    collection = Collection.create(tmp_path / "c", ENCODER, 4, rows)
    window = collection.search(vectors[0], 1).images()[0]
    np.testing.assert_array_equal(window.image, pixels[10:42, 20:60])
    assert window.pixel_size_um == pytest.approx(2.0)
    small = collection.search(vectors[0], 1).images(max_side=20)[0]
    assert small.image.shape == (16, 20)
    assert small.pixel_size_um == pytest.approx(4.0)
    whole = collection.search(vectors[1], 1).images()[0]
    np.testing.assert_array_equal(whole.image, pixels)
    with pytest.raises(BrainseekError, match="only files and atlas plates"):
        collection.search(vectors[2], 1).images()
    path.unlink()
    with pytest.raises(BrainseekError, match=r"s 1\.png"):
        collection.search(vectors[0], 1).images()


def test_plates_are_read_from_their_atlas(tmp_path: Path) -> None:
    row = Row(unit(1)[0], "plate", "atlas://mni152/plate/40", atlas="mni152", plate=40)
    bad = Row(unit(2)[1], "plate", "atlas://mni152/40")
    collection = Collection.create(tmp_path / "c", ENCODER, 4, [row, bad])
    image = collection.search(row.vector, 1).images()[0].image
    assert image.ndim == 2
    assert image.max() > 0
    with pytest.raises(BrainseekError, match="names no plate"):
        collection.search(bad.vector, 1).images()
