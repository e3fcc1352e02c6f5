"""Plates embedded on first use: what is kept, when it is made again, who is asked."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from brainseek import BrainseekError, identify
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.registry import encoder_names
from brainseek.index.collection import Collection
from brainseek.registration.plates.encoder_choice import choose_encoder
from brainseek.registration.plates.plate_gallery import plate_gallery
from brainseek.registration.plates.ranker import plate_ranker
from tests.catalog.atlases.made_atlas import made_atlas
from tests.catalog.made_nifti import YAML, write_toy


@dataclass
class CountingEncoder:
    """An encoder of 8 numbers that remembers what it was asked."""

    identity: str = "counting@00000000"
    name: str = "counting"
    dim: int = 8
    asked: list[int] = field(default_factory=list)

    def embed(self, images, *, progress: bool = False) -> np.ndarray:
        self.asked.append(len(images))
        parts = [np.array_split(image.astype(np.float32).ravel(), self.dim) for image in images]
        vectors = np.array([[part.mean() + 1 for part in image] for image in parts], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_plates_are_embedded_once_and_kept(cache_dir):
    atlas, encoder = made_atlas("horizontal"), CountingEncoder()
    first = plate_gallery(atlas, encoder)
    again = plate_gallery(made_atlas("horizontal"), encoder)
    assert encoder.asked == [len(atlas.plates)]
    expected = encoder.embed([atlas.plate_image(p.number) for p in atlas.plates])
    for gallery in (first, again):
        np.testing.assert_allclose(gallery.vectors, expected, atol=1e-6)
        assert gallery.numbers.tolist() == [p.number for p in atlas.plates]
        np.testing.assert_array_equal(gallery.position_um, atlas.positions_um)
        assert (gallery.reference, gallery.encoder) == ("made@horizontal", encoder.identity)
    (folder,) = (cache_dir / "collections").iterdir()
    assert len(Collection.open(folder, encoder=encoder.identity).search(expected[3], 100)) == (
        len(atlas.plates)
    )


def test_changed_plates_and_damage_make_it_again(cache_dir):
    encoder = CountingEncoder()
    atlas = made_atlas()
    plate_gallery(atlas, encoder)
    atlas.volume.data[9, 9, 9] = 0  # one voxel of one plate
    changed = plate_gallery(atlas, encoder)
    assert len(encoder.asked) == 2
    (folder,) = (cache_dir / "collections").iterdir()
    for path in folder.glob("rows.lance/data/*"):
        path.write_bytes(b"damage")
    repaired = plate_gallery(atlas, encoder)
    assert len(encoder.asked) == 3
    np.testing.assert_allclose(repaired.vectors, changed.vectors)


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "file"))
    with pytest.raises(BrainseekError, match="can't be written"):
        plate_gallery(made_atlas(), CountingEncoder())


def test_who_is_asked_for_an_atlas(tmp_path):
    toy = str(write_toy(tmp_path))
    with pytest.raises(BrainseekError, match=r"No released encoder .*known: .*plates-mni152"):
        choose_encoder(toy)
    for atlas, encoder, expected in (
        (toy, "plates-mni152", "plates-mni152"),
        ("mni152", None, "plates-mni152"),
        ("mni152@sagittal", None, "plates-mni152"),
        ("mni152", "plates-mouse-nissl", "plates-mouse-nissl"),
        ("mouse-nissl", None, "plates-mouse-nissl"),
        ("mouse-ccf@horizontal", None, "plates-mouse-nissl"),
        ("julich-brain", None, "plates-mni152"),
        ("mouse-mri-fvb", None, "plates-mouse-nissl"),
    ):
        assert choose_encoder(atlas, encoder).identity.startswith(f"{expected}@")
    named = write_toy(tmp_path, YAML + "encoder: plates-mouse-nissl\n")
    assert choose_encoder(str(named)).identity.startswith("plates-mouse-nissl@")
    assert choose_encoder(str(named), "plates-mni152").identity.startswith("plates-mni152@")
    assert {"plates-mni152", "plates-mouse-nissl"} <= set(encoder_names("plates"))


def test_confidences_say_where_they_were_calibrated():
    assert choose_encoder("mni152").calibration_note is None
    assert choose_encoder("mni152@coronal").calibration_note is None
    assert choose_encoder("mni152@sagittal").calibration_note == (
        "Confidences of plates-mni152 were calibrated on mni152, not on mni152@sagittal."
    )
    assert "calibrated on mouse-nissl, not on mni152" in str(
        choose_encoder("mni152", "plates-mouse-nissl").calibration_note
    )


def test_an_uncalibrated_answer_says_so(tmp_path):
    toy = str(write_toy(tmp_path))
    picture = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    answer = identify(picture, toy, k=3, encoder="plates-mni152")
    assert not answer.calibrated
    assert answer.to_dict()["note"] == answer.note
    assert f"not on {toy}" in str(answer.note)
    assert sum(c.confidence for c in answer.candidates) <= 1
    assert all(-11_000 <= c.position_um <= 11_000 for c in answer.candidates)


def test_an_edited_yaml_is_answered_anew_in_one_process(tmp_path):
    """Plates twice as far apart after the edit: the answers know it without a restart."""
    toy = write_toy(tmp_path)
    before = plate_ranker(str(toy), "plates-mni152")
    assert plate_ranker(str(toy), "plates-mni152") is before
    text = toy.read_text()
    assert "spacing_um: 1000" in text
    toy.write_text(text.replace("spacing_um: 1000", "spacing_um: 2000"))
    after = plate_ranker(str(toy), "plates-mni152")
    np.testing.assert_array_equal(after.positions_um, load_atlas(str(toy)).positions_um)
    first, second, third = before.positions_um[:3]
    assert after.positions_um[1] - after.positions_um[0] == third - first == 2 * (second - first)
    assert len(after.plates) < len(before.plates)
    assert plate_ranker("mni152") is plate_ranker("mni152")


def test_a_relative_path_means_another_atlas_in_another_folder(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    toy, _ = write_toy(tmp_path / "a"), write_toy(tmp_path / "b")
    found = []
    for folder in ("a", "b"):
        monkeypatch.chdir(tmp_path / folder)
        found.append(plate_ranker(toy.name, "plates-mni152"))
    assert found[0] is not found[1]


def test_the_gallery_beside_the_weights_is_read_for_its_own_atlas_only(tmp_path, monkeypatch):
    """For another atlas it would be loaded and thrown away."""
    toy = str(write_toy(tmp_path))
    read = []
    monkeypatch.setattr("brainseek.registration.plates.ranker.load_gallery", read.append)
    assert len(plate_ranker(toy, "plates-mni152").plates) == 22
    assert read == []
