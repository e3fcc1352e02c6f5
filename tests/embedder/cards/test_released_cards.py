"""The cards that ship: what their encoders are called in collections, and their very bytes."""

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.embedder.cards.cortex import place_encoder_names, places_dir, read_place_card
from brainseek.embedder.cards.multimodal import cross_encoder_names, cross_folder, read_cross_card
from brainseek.embedder.cards.plates import encoder_names, read_card

KINDS = {
    "": (read_card, encoder_names),
    "baselines": (read_card, encoder_names),
    "seeds": (read_card, encoder_names),
    "cortex": (read_place_card, place_encoder_names),
    "crossmodal": (read_cross_card, cross_encoder_names),
}
IDENTITIES = {
    "plates-mni152": ("", "785dd59c"),
    "plates-mouse-nissl": ("", "458dd8fb"),
    "plates-siamese-offline": ("baselines", "78f451ab"),
    "plates-mouse-nissl-seed1": ("seeds", "1acd03cc"),
    "plates-mouse-nissl-seed2": ("seeds", "d3b9744d"),
    "plates-mouse-nissl-seed3": ("seeds", "fdbd8371"),
    "cortex-t1": ("cortex", "ef5fc5e4"),
    "cortex-t1-patch": ("cortex", "dc0fde92"),
    "clip-nissl-af": ("crossmodal", "b360b269"),
}
"""Collections remember these; whoever trains an encoder anew gives it another name or hash here."""


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_shipped_encoder_keeps_its_identity_and_the_bytes_of_its_card(name):
    folder, digest = IDENTITIES[name]
    card = KINDS[folder][0](name, weights_dir() / folder)
    assert card.identity == f"{name}@{digest}"
    written = (weights_dir() / folder / f"{name}.json").read_bytes()
    assert card.to_json().encode() == written


@pytest.mark.parametrize("folder", KINDS)
def test_every_shipped_encoder_is_known_by_its_name(folder):
    told = sorted(name for name, (place, _) in IDENTITIES.items() if place == folder)
    assert KINDS[folder][1](weights_dir() / folder) == told


def test_without_a_folder_the_project_s_are_meant():
    assert encoder_names() == encoder_names(weights_dir())
    assert place_encoder_names() == place_encoder_names(places_dir())
    assert cross_encoder_names() == cross_encoder_names(cross_folder())


@pytest.mark.parametrize("folder", KINDS)
def test_only_encoders_with_weights_and_card_are_here(folder, tmp_path):
    read, names = KINDS[folder]
    for name in ("whole", "bare", "later"):
        (tmp_path / f"{name}.safetensors").touch()
        (tmp_path / f"{name}.gallery.safetensors").touch()
    for name in ("whole", "whole.calibration", "lost"):
        (tmp_path / f"{name}.json").write_text("{")
    assert names(tmp_path) == ["whole"]
    for name in ("bare", "lost", "whole.calibration"):
        with pytest.raises(BrainseekError, match=f"Unknown .*encoder '{name}': choose one of who"):
            read(name, tmp_path)
    with pytest.raises(BrainseekError, match=r"whole\.json' is damaged"):
        read("whole", tmp_path)
    with pytest.raises(BrainseekError, match="none installed"):
        read("whole", tmp_path / "none")
