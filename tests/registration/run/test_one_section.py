"""What the alignment of one section is told, by how much was known before."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from brainseek import BrainseekError
from brainseek.registration.alignment.alignment import Alignment, Quality
from brainseek.registration.alignment.warp import Warp
from brainseek.registration.plates.identification import Candidate, Identification
from brainseek.registration.results.section_result import SectionPlace
from brainseek.registration.run.one_section import (
    UPSIDE_DOWN,
    align_section,
    place_of_section,
    registered_section,
)
from brainseek.registration.run.preparation import Run, prepare_run
from brainseek.registration.run.settings import RegisterSettings

FOUND = Identification("", 0.1, (Candidate(44, 0, 0.9, 0.5, -16_000.0),))
SERIES = SectionPlace("series", 44, None, 0.5, turned_deg=0)


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

    monkeypatch.setattr("brainseek.registration.run.one_section.align", made_align)
    return calls


def given(tmp_path, **more) -> Run:
    """Return a run whose places are given, or known from the series."""
    settings = RegisterSettings(atlas="mni152", **{"plate": 44, **more})
    return prepare_run([tmp_path / "s.png"], tmp_path / "out", settings)


@pytest.mark.parametrize("turned_deg", [0, 180])
@pytest.mark.parametrize("source", ["alone", "series"])
def test_the_way_up_that_was_found_is_told(picture, told, tmp_path, source, turned_deg):
    run = given(tmp_path)
    section, place = run.read(picture), replace(SERIES, turned_deg=turned_deg)
    if source == "alone":
        found = replace(FOUND, turned_deg=turned_deg)
        ranker = SimpleNamespace(rank=lambda sections, k: [found], plates=range(88))
        place, notes = place_of_section(section, picture, replace(run, ranker=ranker))
        assert notes == ([UPSIDE_DOWN] if turned_deg else [])
    alignment = align_section(section, place, run)
    (call,) = told
    assert call["upside_down"] is False
    pixels = call["section"].image
    assert ((pixels[-10:, -10:] if turned_deg else pixels[:10, :10]) == 200).all()
    assert (alignment.section.image[:10, :10] == 200).all()
    assert place.source == source


@pytest.mark.parametrize("where", [{"plate": 44}, {"plate": None, "plane": (-16_000.0, 3.0, -2.0)}])
def test_of_a_section_whose_place_is_given_the_way_up_is_not_known(picture, told, tmp_path, where):
    run = given(tmp_path, **where)
    section = run.read(picture)
    place, _ = place_of_section(section, picture, run)
    align_section(section, place, run)
    assert told[0]["upside_down"] is None
    assert place.tilt_deg == ((3.0, -2.0) if "plane" in where else None)
    assert place.confidence is None


def test_a_flipped_and_turned_section_is_aligned_upright_and_described_as_it_lies(
    picture, told, tmp_path
):
    run = given(tmp_path)
    place = replace(SERIES, mirrored=True, turned_deg=180)
    alignment = align_section(run.read(picture), place, run)
    assert (told[0]["section"].image[-10:, :10] == 200).all()
    assert (alignment.section.image[:10, :10] == 200).all()
    (there,) = alignment.to_target(np.array([[3.0, 5.0]]))
    assert there == pytest.approx([49 - 3.0, 5.0])  # rows turned and columns turned twice


@pytest.mark.parametrize(
    ("encoder", "expected"), [(None, "plates-mni152"), ("plates-mouse-nissl",) * 2]
)
def test_the_features_are_those_of_the_encoder_or_of_the_atlas(
    picture, told, tmp_path, encoder, expected
):
    run = given(tmp_path, encoder=encoder)
    section = run.read(picture)
    place, _ = place_of_section(section, picture, run)
    alignment = align_section(section, place, run)
    found = registered_section(alignment, place, run, "s.png", 1)
    assert found.features.startswith(f"{expected}@")
    assert told[0]["encoder"].identity == found.features


def test_plates_are_found_and_compared_by_one_network(picture, tmp_path):
    """The network is loaded once, and the plates that ship are not embedded again."""
    run = prepare_run([picture], tmp_path / "out", RegisterSettings(atlas="mni152"))
    assert run.ranker is not None
    assert run.encoder is run.ranker.encoder


def test_an_encoder_that_is_not_there_is_refused_for_given_plates_too(picture, tmp_path):
    settings = RegisterSettings(atlas="mni152", plate=44, encoder="nobody")
    with pytest.raises(BrainseekError, match="Unknown encoder 'nobody'"):
        prepare_run([picture], tmp_path / "out", settings)
    known = replace(settings, encoder="plates-mni152")
    assert prepare_run([picture], tmp_path / "out", known).atlas.name == "mni152"


def test_what_the_registration_library_raises_becomes_one_sentence(picture, tmp_path, monkeypatch):
    def failing(*_, **__):
        raise RuntimeError("ITK:\n  all samples\n map outside")

    monkeypatch.setattr("brainseek.registration.run.one_section.align", failing)
    run = given(tmp_path)
    with pytest.raises(BrainseekError, match=r"\(ITK: all samples map outside\); try --affine"):
        align_section(run.read(picture), SERIES, run)
