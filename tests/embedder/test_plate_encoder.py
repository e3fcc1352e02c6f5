"""Encoders: identity, checks of their files, and the vectors they give."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.files import gallery_path
from brainseek.embedder.defaults import encoder_of_atlas
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.networks.embedding import build_network
from brainseek.embedder.preprocessing.section_gray import Preprocessing
from brainseek.embedder.registry import encoder_names, load_encoder, read_card
from tests.embedder.made_plate_encoder import made_gallery, release_toy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    release_toy(tmp_path, made_gallery())
    return tmp_path


def images(n: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [(rng.random((60, 80)) * 255).astype(np.uint8) for _ in range(n)]


def test_vectors_are_unit_and_do_not_depend_on_the_batch(folder):
    encoder = load_encoder("toy", "cpu", folder)
    together = encoder.embed(images(5))
    alone = np.concatenate([encoder.embed([image]) for image in images(5)])
    assert together.shape == (5, 16)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together, alone, atol=1e-4)
    assert encoder.embed([]).shape == (0, 16)


def test_mirrored_view_makes_the_vector_blind_to_flips(folder):
    card = read_card("toy", folder)
    both = dataclasses.replace(card, views=("as-is", "mirrored"))
    (folder / "toy.json").write_text(both.to_json(), encoding="utf-8")
    encoder = load_encoder("toy", "cpu", folder)
    inputs = np.stack([encoder.prepare(image) for image in images()])
    flipped = encoder.embed_inputs(np.ascontiguousarray(inputs[:, :, ::-1]))
    assert np.allclose(encoder.embed_inputs(inputs), flipped, atol=1e-5)
    assert both.identity != card.identity


def test_shrunk_view_is_the_picture_with_a_border():
    from brainseek.embedder.preprocessing.views import make_views

    images = torch.rand(2, 1, 64, 64)
    views = make_views(images, ("as-is", "mirrored", "shrunk", "shrunk-mirrored"))
    assert torch.equal(views[:2], images)
    assert torch.equal(views[2:4], images.flip(3))
    assert torch.allclose(views[6:], views[4:6].flip(3), atol=1e-5)
    assert views[4:6, :, 0].max() == 0
    assert float(views[4:6].sum()) == pytest.approx(float(images.sum()) * 0.93**2, rel=0.03)
    with pytest.raises(BrainseekError, match="Unknown views"):
        make_views(images, ("sideways",))


def test_identity_changes_with_the_preprocessing(folder):
    card = read_card("toy", folder)
    other = dataclasses.replace(card, preprocessing=Preprocessing(size=48, clahe_clip=1.0))
    assert card.identity.startswith("toy@")
    assert card.identity != other.identity


@pytest.mark.parametrize("damage", ["truncated", "tampered"])
def test_damaged_weights_are_refused(folder, damage):
    path = folder / "toy.safetensors"
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        content = content[: len(content) // 2]
    else:
        content[-3] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(BrainseekError, match="truncated or was changed"):
        load_encoder("toy", "cpu", folder)


def test_damaged_gallery_and_card_are_refused(folder):
    gallery_path("toy", folder).write_bytes(b"nothing")
    with pytest.raises(BrainseekError, match="truncated or was changed"):
        load_gallery("toy", folder)
    tree = json.loads((folder / "toy.json").read_text())
    tree["colour"] = "red"
    (folder / "toy.json").write_text(json.dumps(tree))
    with pytest.raises(BrainseekError, match=r"card .* damaged"):
        load_encoder("toy", "cpu", folder)


def test_unknown_names_and_devices_are_refused(folder):
    with pytest.raises(BrainseekError, match="choose one of toy"):
        load_encoder("toi", "cpu", folder)
    with pytest.raises(BrainseekError, match="No released encoder"):
        encoder_of_atlas("nowhere", folder)
    assert encoder_of_atlas("toyatlas", folder) == "toy"
    with pytest.raises(BrainseekError, match="can't be used"):
        load_encoder("toy", "abacus", folder)
    with pytest.raises(BrainseekError, match="too small"):
        load_encoder("toy", "cpu", folder).embed(images(), batch_size=0)


@pytest.mark.parametrize("name", encoder_names("plates"))
def test_released_encoders_load_rank_and_fit_the_limits(name):
    encoder, gallery = load_encoder(name, "cpu"), load_gallery(name)
    assert gallery.encoder == encoder.identity
    assert gallery.vectors.shape == (len(gallery.numbers), encoder.dim)
    assert np.allclose(np.linalg.norm(gallery.vectors, axis=1), 1, atol=1e-3)
    assert (weights_dir() / f"{name}.safetensors").stat().st_size <= 12_000_000
    assert np.isfinite(encoder.embed(images(1))).all()


def test_no_tensor_of_the_mouse_weights_is_the_imagenet_one(shared_data):
    trained = load_encoder("plates-mouse-nissl", "cpu").network.trunk.state_dict()
    start = build_network("mobilenetv1_075", 8, pretrained=True).trunk.state_dict()
    for name, value in start.items():
        if not name.endswith("num_batches_tracked"):
            assert not torch.equal(value.half(), trained[name].half()), name


def test_all_weights_together_stay_small():
    total = sum(path.stat().st_size for path in weights_dir().rglob("*.safetensors"))
    assert total <= 60_000_000
