"""The plates' collection follows the gallery and the pictures that are there."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.derived.plates import plate_collection, plate_uri
from brainseek.index.table.schema import row_id
from tests.embedder.made_plate_encoder import made_gallery, release_toy

DIM = 5


class Released:
    """The encoder of these tests, whose gallery changes, and the atlas' pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.release(0, 7)
        self.pictures = True

    def release(self, seed: int, n: int = 7) -> None:
        self.gallery = made_gallery(seed, n, DIM, "mni152")
        self.card = release_toy(self.folder, self.gallery, "made")

    def plate_image(self, number: int) -> np.ndarray:
        if not self.pictures:
            raise BrainseekError("the pictures are not here; run `brainseek data get`.")
        return np.full((300, 600), 10 * number, np.uint8)


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Released:
    made = Released(tmp_path / "weights")
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(made.folder))
    monkeypatch.setattr("brainseek.catalog.atlases.registry.load_atlas", lambda name: made)
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "cache"))
    return made


def test_rows_equal_the_gallery(released: Released) -> None:
    collection = plate_collection("mni152", "made")
    gallery = released.gallery
    hits = collection.search_batch(gallery.vectors, 1, encoder=released.card.identity)
    assert [h[0].row["plate"] for h in hits] == gallery.numbers.tolist()
    assert [h[0].row["position_um"] for h in hits] == gallery.position_um.tolist()
    assert collection.encoder == released.card.identity


def test_thumbnails_are_small_pictures_of_the_plates(released: Released) -> None:
    pictures = plate_collection("mni152", "made").thumbnails()
    assert len(pictures) == 7
    picture = np.asarray(Image.open(io.BytesIO(pictures[row_id("plate", plate_uri("mni152", 3))])))
    assert picture.shape == (128, 256)
    assert abs(int(picture.mean()) - 30) <= 1


def test_opening_again_writes_nothing(released: Released) -> None:
    first = plate_collection("mni152", "made")
    before = {p: p.stat().st_mtime_ns for p in Path(first.uri).rglob("*")}
    plate_collection("mni152", "made")
    assert {p: p.stat().st_mtime_ns for p in Path(first.uri).rglob("*")} == before


def test_pictures_that_arrive_later_are_added(released: Released) -> None:
    released.pictures = False
    assert plate_collection("mni152", "made").thumbnails() == {}
    released.pictures = True
    assert len(plate_collection("mni152", "made").thumbnails()) == 7
    released.pictures = False
    assert len(plate_collection("mni152", "made").thumbnails()) == 7, "they stay"


def test_a_new_gallery_replaces_the_old_table(released: Released) -> None:
    plate_collection("mni152", "made")
    released.release(1, 9)
    collection = plate_collection("mni152", "made")
    assert len(collection) == 9
    best = collection.search(released.gallery.vectors[4], 1)[0]
    assert (best.row["plate"], best.score) == (5, pytest.approx(1))


def test_nothing_is_left_beside_the_collection(released: Released) -> None:
    plate_collection("mni152", "made")
    released.release(1)
    folder = Path(plate_collection("mni152", "made").uri).parent
    assert [path.name for path in folder.iterdir()] == [f"mni152__{released.card.identity}"]


def test_the_wrong_atlas_is_refused(released: Released) -> None:
    with pytest.raises(BrainseekError, match="plates of mni152 and not of mouse-nissl"):
        plate_collection("mouse-nissl", "made")


def test_a_cache_that_cannot_be_written(
    released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    monkeypatch.setenv("BRAINSEEK_CACHE", str(in_the_way))
    with pytest.raises(BrainseekError, match=r"can't be written .* set BRAINSEEK_CACHE"):
        plate_collection("mni152", "made")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_cache(released: Released, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o500)
    with pytest.raises(BrainseekError, match="set BRAINSEEK_CACHE"):
        plate_collection("mni152", "made")
