"""Place encoders: what they see, their vectors, their files."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch

from brainseek import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.files import release_folder
from brainseek.embedder.defaults import encoder_of_cortex
from brainseek.embedder.gallery import load_gallery
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.embedder.registry import encoder_names, load_encoder, read_card
from brainseek.index.vector_cache.exact import ExactIndex
from tests.embedder.made_cortex_encoder import BLOCK, FLAT, places, template

__all__ = ["places"]


def patches(n: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(n).random((n, *shape))


@pytest.mark.parametrize(("name", "shape"), [("flat", (24, 24)), ("block", (16, 16, 3))])
def test_vectors_are_the_network_s_of_the_spread_gray(places, name, shape):
    encoder = load_encoder(name, "cpu", places)
    given = patches(3, *shape)
    vectors = encoder.embed(given)
    assert vectors.shape == (3, encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for patch, vector in zip(given, vectors, strict=True):
        planes = spread_gray(patch).reshape(*shape[:2], -1).transpose(2, 0, 1)
        with torch.inference_mode():
            expected = encoder.network(torch.from_numpy(planes)[None] / 255.0)[0]
        np.testing.assert_allclose(vector, expected.numpy(), atol=1e-5)
    assert encoder.embed(given[:0]).shape == (0, encoder.dim)
    assert encoder.embed([]).shape == (0, encoder.dim)


def test_contrast_and_type_do_not_matter(places):
    encoder = load_encoder("flat", "cpu", places)
    gray = (patches(2, 24, 24) * 200).astype(np.uint8)
    vectors = encoder.embed(gray)
    np.testing.assert_allclose(encoder.embed(gray * 3.5 - 90.0), vectors, atol=2e-3)
    np.testing.assert_allclose(encoder.embed(gray.astype(np.uint16) * 256), vectors, atol=2e-3)
    assert np.isfinite(encoder.embed(gray > 100)).all()


@pytest.mark.parametrize(("name", "shape"), [("flat", (24, 24)), ("block", (16, 16, 3))])
def test_finer_pixels_are_averaged(places, name, shape):
    encoder = load_encoder(name, "cpu", places)
    coarse = patches(2, *shape)
    fine = coarse.repeat(3, axis=1).repeat(3, axis=2)
    vectors = encoder.embed(fine, pixel_um=encoder.view.pixel_um / 3)
    np.testing.assert_allclose(vectors, encoder.embed(coarse), atol=2e-3)


@pytest.mark.parametrize(
    ("given", "pixel_um", "says"),
    [
        (np.full((1, 24, 24), np.nan), None, "the patch holds NaN"),
        (np.ones((1, 24, 24)), None, "the patch is even"),
        (patches(1, 24, 20), None, "give a square"),
        (patches(1, 24, 24, 3), None, r"has 3 plane\(s\) and the encoder sees 1"),
        (patches(1, 24, 24, 2), None, r"shape \(24, 24, 2\)"),
        (patches(24, 24), None, r"image\[None\]"),
        (patches(1, 30, 30), None, "say how large"),
        (patches(1, 30, 30), 4000.0, "120 mm wide and the encoder sees 96 mm; cut 24 pixels"),
        (patches(1, 24, 24), 4.0, "if 4 is in mm, give µm"),
        (patches(1, 24, 24), -1.0, "positive"),
        (patches(1, 24, 24), float("nan"), "positive"),
        (patches(1, 24, 24).astype(complex), None, "real numbers"),
        (
            [patches(24, 24), patches(20, 20)],
            None,
            "image 1: the patch is 20 x 20 pixels of unknown size",
        ),
    ],
)
def test_what_is_no_patch_gets_a_sentence(places, given, pixel_um, says):
    with pytest.raises(BrainseekError, match=says) as caught:
        load_encoder("flat", "cpu", places).embed(given, pixel_um=pixel_um)
    assert "\n" not in str(caught.value)


def test_the_bad_patch_is_named(places):
    given = patches(3, 24, 24)
    given[1] = 7
    with pytest.raises(BrainseekError, match="image 1: the patch is even"):
        load_encoder("flat", "cpu", places).embed(given)


def test_vertices_are_cut_as_the_card_says(places):
    encoder, place = load_encoder("block", "cpu", places), template()
    gallery = load_gallery("block", places)
    some = gallery.numbers[::40]
    vectors = encoder.embed_vertices(place.volume, place.surface, some)
    cutter = BLOCK.patches(place.volume, place.surface)
    frame = cutter.frame
    assert (frame.rows, frame.columns, frame.pixel_um) == (16, 16, 5000.0)
    assert frame.outside_um == pytest.approx(0.3 * 80_000)
    cut = np.stack([cutter.planes(int(v)) for v in some])
    np.testing.assert_allclose(vectors, encoder.embed(cut), atol=1e-5)
    np.testing.assert_allclose(vectors, gallery.vectors[::40], atol=1e-3)
    outside = dataclasses.replace(place.surface, vertices_um=place.surface.vertices_um + 4e5)
    with pytest.raises(BrainseekError, match=f"the patch of vertex {some[0]} is even"):
        encoder.embed_vertices(place.volume, outside, some)


def test_identity_follows_weights_and_view(places):
    card = read_card("flat", places)
    assert card.identity.startswith("flat@")
    assert (
        dataclasses.replace(card, description="other", measured={"a": 1}).identity == card.identity
    )
    for change in (
        {"weights_sha256": "0"},
        {"view": dataclasses.replace(FLAT, pixel_um=3999.0)},
        {"view": dataclasses.replace(FLAT, outside=0.2)},
    ):
        assert dataclasses.replace(card, **change).identity != card.identity


def test_names_and_the_default_by_planes(places, tmp_path):
    assert encoder_names("cortex", places) == ["block", "flat"]
    assert encoder_of_cortex(1, places) == "flat"
    assert encoder_of_cortex(3, places) == encoder_of_cortex(folder=places) == "block"
    assert encoder_names("cortex", tmp_path / "none") == []
    with pytest.raises(BrainseekError, match=r"brainseek\.trainers\.release"):
        encoder_of_cortex(folder=tmp_path)
    with pytest.raises(BrainseekError, match="choose one of block, flat"):
        load_encoder("falt", "cpu", places)
    with pytest.raises(BrainseekError, match="can't be used"):
        load_encoder("flat", "abacus", places)


@pytest.mark.parametrize(
    ("file", "load", "says"),
    [
        ("flat.safetensors", load_encoder, "truncated or was changed"),
        ("flat.gallery.safetensors", load_gallery, "truncated or was changed"),
        ("flat.json", read_card, "is damaged"),
    ],
)
def test_damaged_files_are_refused(places, tmp_path, file, load, says):
    folder = tmp_path / "copy"
    shutil.copytree(places, folder)
    content = bytearray((folder / file).read_bytes())
    content[0 if file.endswith("json") else -3] ^= 1
    (folder / file).write_bytes(bytes(content))
    with pytest.raises(BrainseekError, match=says):
        load("flat", folder=folder)


def test_an_unknown_key_in_a_card_is_refused(places, tmp_path):
    tree = json.loads((places / "flat.json").read_text())
    tree["view"]["colour"] = "red"
    (tmp_path / "flat.json").write_text(json.dumps(tree))
    shutil.copy(places / "flat.safetensors", tmp_path)
    with pytest.raises(BrainseekError, match="damaged"):
        read_card("flat", tmp_path)


@pytest.mark.parametrize("name", encoder_names("cortex") or [None])
def test_released_place_encoders_fit_their_cards_and_find_their_own_vertices(name, shared_data):
    if name is None:
        pytest.skip("no cortex encoder is released under weights/cortex")
    from brainseek.catalog.cortex.t1_volumes import load_cortex_volume

    encoder, gallery = load_encoder(name, "cpu"), load_gallery(name)
    place = load_cortex_volume(encoder.card.data)
    np.testing.assert_array_equal(gallery.numbers, np.flatnonzero(place.surface.cortex))
    assert gallery.encoder == encoder.identity
    assert encoder.card.measured
    for path in release_folder("cortex").glob(f"{name}.*"):
        assert path.stat().st_size <= 12_000_000
    assert release_folder("cortex").parent == weights_dir()
    some = gallery.numbers[:: len(gallery.numbers) // 24]
    vectors = encoder.embed_vertices(place.volume, place.surface, some)
    scores, numbers = ExactIndex(gallery.vectors).search(vectors, 1)
    assert scores.min() > 0.999
    own = place.surface.vertices_um[some]
    found = place.surface.vertices_um[gallery.numbers[numbers[:, 0]]]
    assert np.median(np.linalg.norm(own - found, axis=1)) == 0
