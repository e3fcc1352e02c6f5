"""All encoders by name: what they are called in collections, their very cards, one loader."""

import shutil

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.cortex import CortexCard
from brainseek.embedder.cards.plates import PlateCard
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.registry import (
    KINDS,
    encoder_names,
    home_of,
    load_encoder,
    read_card,
    read_cards,
)

IDENTITIES = {
    "plates-mni152": ("", "785dd59c"),
    "plates-mouse-nissl": ("", "458dd8fb"),
    "plates-siamese-offline": ("baselines", "78f451ab"),
    "plates-mouse-nissl-seed1": ("seeds", "1acd03cc"),
    "plates-mouse-nissl-seed2": ("seeds", "d3b9744d"),
    "plates-mouse-nissl-seed3": ("seeds", "fdbd8371"),
    "cortex-t1": ("cortex", "ef5fc5e4"),
    "cortex-t1-patch": ("cortex", "dc0fde92"),
    "clip-nissl-af": ("modalities", "b360b269"),
}
"""Collections remember these; whoever trains an encoder anew gives it another name or hash here."""
FOLDERS = sorted({folder for folder, _ in IDENTITIES.values()})


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_shipped_encoder_keeps_its_identity_and_the_bytes_of_its_card(name):
    folder, digest = IDENTITIES[name]
    card = read_card(name, weights_dir() / folder)
    assert card.identity == f"{name}@{digest}"
    written = (weights_dir() / folder / f"{name}.json").read_bytes()
    assert card.to_json().encode() == written


@pytest.mark.parametrize("name", IDENTITIES)
def test_every_kind_is_loaded_by_one_loader_and_embeds_what_it_sees(name):
    folder = weights_dir() / IDENTITIES[name][0]
    encoder = load_encoder(name, "cpu", folder)
    assert type(encoder) is KINDS[encoder.task]
    assert encoder.name == name
    assert encoder.identity in repr(encoder)
    shape = {
        "plates": (60, 80),
        "cortex": getattr(getattr(encoder, "view", None), "shape", None),
        "modalities": (getattr(encoder.card, "side_px", 0),) * 2,
    }[encoder.task]
    images = np.random.default_rng(0).integers(0, 255, (3, *shape)).astype(np.uint8)
    modality = encoder.modalities[0] if encoder.modalities else None
    vectors = encoder.embed(images, modality)
    assert vectors.shape == (3, encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    inputs = np.stack([encoder.prepare(image) for image in images])
    np.testing.assert_array_equal(encoder.embed_inputs(inputs, modality), vectors)
    assert encoder.embed(images[:0], modality).shape == (0, encoder.dim)
    with pytest.raises(BrainseekError, match=r"give .* one image as image\[None\]"):
        encoder.embed(np.zeros((32, 32)), modality)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_shipped_encoder_is_known_by_its_name(folder):
    here = sorted(name for name, (place, _) in IDENTITIES.items() if place == folder)
    known = encoder_names(folder=weights_dir() / folder)
    assert known == (here if folder else encoder_names())


def test_without_a_folder_all_tasks_of_the_project_are_meant():
    by_task = {task: encoder_names(task) for task in KINDS}
    assert by_task == {
        "plates": ["plates-mni152", "plates-mouse-nissl"],
        "cortex": ["cortex-t1", "cortex-t1-patch"],
        "modalities": ["clip-nissl-af"],
    }
    assert encoder_names() == sorted(name for names in by_task.values() for name in names)
    assert [card.name for card in read_cards(CortexCard)] == by_task["cortex"]
    assert home_of("cortex-t1") == weights_dir() / "cortex"
    with pytest.raises(BrainseekError, match=r"no encoder is for 'cells'; choose from plates, "):
        encoder_names("cells")


def test_the_environment_names_another_folder(tmp_path, monkeypatch):
    for path in weights_dir().glob("plates-mni152.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("BRAINSEEK_WEIGHTS", str(tmp_path))
    assert encoder_names() == ["plates-mni152"]
    assert load_encoder("plates-mni152", "cpu").identity == "plates-mni152@785dd59c"


def test_an_encoder_for_something_else_is_refused_with_those_that_fit():
    says = "'plates-mni152' is for plates and one for modalities is needed: choose one of clip-"
    with pytest.raises(BrainseekError, match=says):
        load_encoder("plates-mni152", "cpu", kind=MultimodalEncoder)
    with pytest.raises(BrainseekError, match=r"for modalities and one for plates is .* plates-mni"):
        read_card("clip-nissl-af", kind=PlateCard)


def test_an_encoder_is_kept_until_its_files_change(tmp_path):
    for path in weights_dir().glob("plates-mni152.*"):
        shutil.copy(path, tmp_path)
    first = load_encoder("plates-mni152", "cpu", tmp_path)
    assert load_encoder("plates-mni152", "cpu", tmp_path) is first
    assert load_encoder("plates-mni152", "cpu") is not first
    card = tmp_path / "plates-mni152.json"
    card.write_text(card.read_text().replace('"as-is"', '"mirrored"'))
    changed = load_encoder("plates-mni152", "cpu", tmp_path)
    assert changed.identity != first.identity
    (tmp_path / "plates-mni152.safetensors").write_bytes(b"none")
    with pytest.raises(BrainseekError, match="truncated or was changed"):
        load_encoder("plates-mni152", "cpu", tmp_path)


def test_only_encoders_with_weights_and_card_are_here(tmp_path):
    for name in ("whole", "bare", "later"):
        (tmp_path / f"{name}.safetensors").touch()
        (tmp_path / f"{name}.gallery.safetensors").touch()
    for name in ("whole", "whole.calibration", "lost"):
        (tmp_path / f"{name}.json").write_text("{")
    assert encoder_names(folder=tmp_path) == ["whole"]
    for name in ("bare", "lost", "whole.calibration"):
        with pytest.raises(BrainseekError, match=f"Unknown encoder '{name}': choose one of whole"):
            read_card(name, tmp_path)
    with pytest.raises(BrainseekError, match=r"whole\.json' is damaged"):
        read_card("whole", tmp_path)
    for content in ("[]", "3", '{"name": "whole"}'):
        (tmp_path / "whole.json").write_text(content)
        with pytest.raises(BrainseekError, match=r"whole\.json' is damaged"):
            read_card("whole", tmp_path)
    with pytest.raises(BrainseekError, match="none installed"):
        read_card("whole", tmp_path / "none")


@pytest.mark.parametrize("name", ["plates-mni152", "cortex-t1"])
def test_a_modality_is_refused_where_there_is_none(name):
    encoder = load_encoder(name, "cpu")
    with pytest.raises(BrainseekError, match=f"{name}@.* has no modalities, so 'nissl' can't be"):
        encoder.embed([np.zeros((32, 32))], "nissl")


def test_a_modality_is_asked_for_where_there_are_several():
    encoder = load_encoder("clip-nissl-af", "cpu")
    needed = r"must know the modality of its images; give one of nissl, autofluorescence"
    with pytest.raises(BrainseekError, match=needed):
        encoder.embed([np.zeros((64, 64))])
    with pytest.raises(BrainseekError, match=needed):
        encoder.embed_inputs(np.zeros((1, 64, 64), np.float32))


def test_plates_have_no_pixel_size():
    image = np.random.default_rng(0).integers(0, 255, (60, 80)).astype(np.uint8)
    with pytest.raises(BrainseekError, match="any scale, so pixels of 25 µm change nothing"):
        load_encoder("plates-mni152", "cpu").embed([image], pixel_um=25.0)
