"""Real patches that are embedded once: on small made images, with an encoder without a network."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.shared.patch_vectors import SETS as REAL_SETS
from benchmarks.shared.patch_vectors import PatchSet, image_files, patch_vectors, shares
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import cached_folder
from brainseek.index.collection import Collection
from tests.index.ingest.made_files import MeanEncoder, tissue_picture

SETS = (
    PatchSet("mouse-nissl-plates", "plates/*.png", 32, 16, 6, "made plates"),
    PatchSet("mouse-confocal-sections", "*/*.png", 16, 16, 4, "made sections"),
)


def write_sets() -> None:
    """Fill both data sets in the cache, which wins over the mirror, with three images each."""
    for number, part in enumerate(SETS):
        folder = cached_folder(part.name) / "plates"
        folder.mkdir(parents=True)
        for seed in range(3):
            picture = tissue_picture(96, 128, seed=10 * number + seed)
            Image.fromarray(picture).save(folder / f"{seed}.png")


@pytest.fixture
def encoder(cache_dir: Path) -> MeanEncoder:
    """What embeds the made data sets."""
    write_sets()
    return MeanEncoder()


def test_patches_are_embedded_once_and_then_read(encoder, cache_dir):
    vectors, label = patch_vectors(30, SETS, encoder)
    assert vectors.shape == (30, 8)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert label == "18 of made plates, 12 of made sections; half overlapping; mean@00000001"
    assert encoder.images == 30
    again, _ = patch_vectors(30, SETS, encoder)
    assert (again == vectors).all()
    assert encoder.images == 30
    kept = {path.parent.relative_to(cache_dir) for path in cache_dir.rglob("rows.lance")}
    folder = Path("benchmarks") / "patches-mean@00000001"
    assert kept == {folder / part.name for part in SETS}


def test_few_patches_are_the_first_of_many_whatever_was_asked_first(encoder, monkeypatch, tmp_path):
    few = patch_vectors(20, SETS, encoder)[0]
    many = patch_vectors(40, SETS, encoder)[0]
    assert encoder.images == 40
    assert (many[:12] == few[:12]).all()
    assert (many[24:32] == few[12:]).all()
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "other"))
    write_sets()
    assert (patch_vectors(40, SETS, encoder)[0] == many).all()
    assert (patch_vectors(20, SETS, encoder)[0] == few).all()


def test_a_broken_call_goes_on_where_it_stopped(encoder):
    embed = encoder.embed_inputs

    def breaks(inputs: np.ndarray, modality: str | None = None) -> np.ndarray:
        if encoder.images >= 18:
            raise KeyboardInterrupt
        return embed(inputs)

    encoder.embed_inputs = breaks
    with pytest.raises(KeyboardInterrupt):
        patch_vectors(30, SETS, encoder)
    encoder.embed_inputs = embed
    vectors, _ = patch_vectors(30, SETS, encoder)
    assert len(vectors) == 30
    assert encoder.images == 30


def test_more_than_there_is_gives_all_there_is(encoder, cache_dir):
    vectors, label = patch_vectors(100_000, SETS, encoder)
    kept = [len(Collection.open(path.parent)) for path in cache_dir.rglob("rows.lance")]
    assert len(vectors) == sum(kept) == encoder.images
    assert f"{kept[0]:,} of made" in label


def test_what_is_missing_is_one_sentence(encoder):
    (cached_folder(SETS[1].name) / "plates" / "1.png").write_bytes(b"no image")
    sentence = r"1.png of 'mouse-confocal-sections' can't be embedded \(.*confocal-sections`\.$"
    with pytest.raises(BrainseekError, match=sentence):
        patch_vectors(1000, SETS, encoder)
    with pytest.raises(BrainseekError, match="'mouse-nissl-plates' holds no"):
        patch_vectors(10, (PatchSet("mouse-nissl-plates", "*.jpg", 32, 16, 1, ""),), encoder)
    with pytest.raises(BrainseekError, match="0 patches are too few"):
        patch_vectors(0, SETS, encoder)


def test_shares_sum_to_what_is_asked():
    assert shares(20_000, (5, 3, 2)) == [10_000, 6000, 4000]
    assert shares(11, (5, 3, 2)) == [5, 3, 3]
    assert shares(7, (1,)) == [7]


def test_the_real_sets_are_shuffled_the_same_way_every_time(shared_data):
    for part in REAL_SETS:
        files = image_files(part)
        assert files == image_files(part)
        assert files != sorted(files)
        assert len({*files}) == len(files) > 60
