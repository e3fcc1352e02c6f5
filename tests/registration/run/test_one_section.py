"""What the alignment of one section is told, by how much was known before."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.registry import load_encoder
from brainseek.registration.alignment.alignment import Alignment, Quality
from brainseek.registration.alignment.warp import Warp
from brainseek.registration.plates.identification import Candidate, Identification
from brainseek.registration.results.result import SectionResult
from brainseek.registration.run.one_section import one_section
from brainseek.registration.run.settings import RegisterSettings, checked
from brainseek.registration.series.places import SeriesPlace

FOUND = Identification("", 0.1, (Candidate(44, 0, 0.9, 0.5, -16_000.0),))
PLACE = SeriesPlace(44, 1, 0.5, False, 0, None, (), None)


@pytest.fixture
def picture(tmp_path):
    """A file with a bright upper left corner."""
    from PIL import Image

    pixels = np.random.default_rng(0).integers(30, 60, (50, 64)).astype(np.uint8)
    pixels[:10, :10] = 200
    Image.fromarray(pixels).save(tmp_path / "s.png")
    return tmp_path / "s.png"


@pytest.fixture
def told(monkeypatch):
    """What the alignment was called with; the alignment itself is the identity."""
    calls = []

    def made_align(section, target, **known):
        calls.append({"section": section, "target": target, **known})
        matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
        warp = Warp(matrix, None, section.image.shape[:2])
        quality = Quality(0.3, 0.9, 0.0, True, None)
        return Alignment(section, target, warp, quality, 0.1, "affine", {})

    monkeypatch.setattr("brainseek.registration.alignment.align.align", made_align)
    return calls


def answer(picture, settings, place=None, encoder=None):
    blank = SectionResult(str(picture), "s", 1)
    return one_section(blank, picture, settings, load_atlas(settings.atlas), encoder, place)


@pytest.mark.parametrize("turned_deg", [0, 180])
@pytest.mark.parametrize("source", ["alone", "series"])
def test_the_way_up_that_was_found_is_told(picture, told, monkeypatch, source, turned_deg):
    found = replace(FOUND, turned_deg=turned_deg)
    monkeypatch.setattr("brainseek.registration.plates.identify.identify", lambda *_: [found])
    place = replace(PLACE, turned_deg=turned_deg) if source == "series" else None
    result = answer(picture, RegisterSettings(atlas="mni152"), place)
    (call,) = told
    assert call["upside_down"] is False
    pixels = call["section"].image
    assert ((pixels[-10:, -10:] if turned_deg else pixels[:10, :10]) == 200).all()
    assert (result.alignment.section.image[:10, :10] == 200).all()
    assert result.plate_from == source


@pytest.mark.parametrize("given", [{"plate": 44}, {"plane": (-16_000.0, 3.0, -2.0)}])
def test_of_a_section_whose_place_is_given_the_way_up_is_not_known(picture, told, given):
    result = answer(picture, RegisterSettings(atlas="mni152", **given))
    assert told[0]["upside_down"] is None
    assert result.tilt_deg == ((3.0, -2.0) if "plane" in given else None)
    assert result.confidence is None


def test_a_flipped_and_turned_section_is_aligned_upright_and_described_as_it_lies(picture, told):
    place = replace(PLACE, flipped=True, turned_deg=180)
    result = answer(picture, RegisterSettings(atlas="mni152"), place)
    assert (told[0]["section"].image[-10:, :10] == 200).all()
    assert (result.alignment.section.image[:10, :10] == 200).all()
    (there,) = result.alignment.to_target(np.array([[3.0, 5.0]]))
    assert there == pytest.approx([49 - 3.0, 5.0])  # rows turned and columns turned twice


def test_the_features_are_those_of_the_encoder_or_of_the_atlas(picture, told):
    encoder = load_encoder("plates-mouse-nissl")
    settings = RegisterSettings(atlas="mni152", plate=44)
    assert answer(picture, settings, encoder=encoder).features == encoder.identity
    assert told[0]["encoder"] is encoder
    assert answer(picture, settings).features.startswith("plates-mni152@")
    assert told[1]["encoder"] is None


def test_an_encoder_that_is_not_there_is_refused_for_given_plates_too(picture, tmp_path):
    settings = RegisterSettings(atlas="mni152", plate=44, encoder="nobody")
    with pytest.raises(BrainseekError, match="Unknown encoder 'nobody'"):
        checked([picture], tmp_path / "out", settings)
    known = replace(settings, encoder="plates-mni152")
    assert checked([picture], tmp_path / "out", known).name == "mni152"


def test_what_the_registration_library_raises_becomes_one_sentence(picture, monkeypatch):
    def failing(*_, **__):
        raise RuntimeError("ITK:\n  all samples\n map outside")

    monkeypatch.setattr("brainseek.registration.alignment.align.align", failing)
    with pytest.raises(BrainseekError, match=r"\(ITK: all samples map outside\); try --affine"):
        answer(picture, RegisterSettings(atlas="mni152", plate=44))
