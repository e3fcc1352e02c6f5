"""Identification with the released encoders, on the embedded atlas and on real sections."""

import json

import numpy as np
import pytest

import brainseek
from brainseek import BrainseekError, identify
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.registration.plates.demo import demo_sections


def test_a_plate_of_the_atlas_is_found_as_itself():
    atlas = load_atlas("mni152")
    for number in (10, 40, 75):
        answer = identify(atlas.plate_image(number), atlas="mni152", k=3)
        assert abs(answer.candidates[0].plate - number) <= 1
        assert [candidate.rank for candidate in answer.candidates] == [0, 1, 2]


def test_confidences_are_probabilities_in_falling_order():
    queries = [one.section for one in demo_sections(6, seed=5)]
    answers = identify(queries, atlas="mni152", k=88)
    for answer in answers:
        confidences = [candidate.confidence for candidate in answer.candidates]
        assert sum(confidences) == pytest.approx(1.0, abs=1e-6)
        assert confidences == sorted(confidences, reverse=True)
        assert 0 <= answer.none_of_these <= 1
        assert sorted(candidate.plate for candidate in answer.candidates) == list(range(1, 89))


def test_one_section_and_a_list_of_it_agree():
    section = demo_sections(1, seed=5)[0].section
    alone, together = identify(section, "mni152"), identify([section, section], "mni152")
    assert alone.candidates[0].plate == together[1].candidates[0].plate
    assert alone.candidates[0].score == pytest.approx(together[0].candidates[0].score, abs=1e-4)
    assert identify([], "mni152") == []


def test_the_answer_is_the_contract():
    answer = identify(demo_sections(1)[0].section, "mni152", k=2).to_dict()
    assert set(answer) == {"file", "none_of_these", "candidates"}
    keys = {"plate", "rank", "score", "confidence", "position_um"}
    assert all(set(candidate) == keys for candidate in answer["candidates"])
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"atlas": "atlantis"}, "mni152"),
        ({"atlas": "mni152", "k": 0}, "has 88 plates"),
        ({"atlas": "mni152", "k": 89}, "has 88 plates"),
        ({"atlas": "mni152", "encoder": "nobody"}, "choose one of"),
    ],
)
def test_wrong_questions_are_refused(arguments, sentence):
    with pytest.raises(BrainseekError, match=sentence):
        identify(np.random.default_rng(0).random((64, 64)), **arguments)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (np.full((64, 64), np.nan), "NaN"),
        (np.zeros((64, 64), np.uint8), "everywhere"),
        (np.ones((1, 1), np.uint8), "16"),
        (np.ones((5, 64, 64, 2), np.uint8), "shape"),
    ],
    ids=["nan", "black", "one pixel", "stack"],
)
def test_bad_arrays_are_refused(bad, why):
    with pytest.raises(BrainseekError, match=why):
        identify(bad, "mni152")


def test_real_sections_find_their_neighbourhood(shared_data):
    folder = shared_data / "mouse-confocal-sections"
    files = [folder / "val_1" / f"{plate}.jpg" for plate in (67, 87, 110)]
    for answer, truth in zip(identify(files, "mouse-nissl", k=10), (67, 87, 110), strict=True):
        assert truth in [candidate.plate for candidate in answer.candidates]
        assert answer.none_of_these < 0.5


@pytest.mark.parametrize("number", [30, 60])
def test_sections_mounted_upside_down_are_turned(number):
    upright = load_atlas("mni152").plate_image(number)
    answer, again = identify([upright[::-1, ::-1].copy(), upright], "mni152", k=1)
    assert abs(answer.candidates[0].plate - number) <= 2
    assert (answer.turned_deg, again.turned_deg) == (180, 0)


def test_mouse_plates_are_ranked_before_any_picture_is_here(monkeypatch, tmp_path):
    monkeypatch.setenv("BRAINSEEK_MIRROR", str(tmp_path / "nowhere"))
    y, x = np.mgrid[:200, :300]
    picture = np.where(np.hypot(y - 100, x - 150) < 80, 120 + 50 * np.sin(x / 5), 0)
    answer = identify(picture.astype(np.uint8), "mouse-nissl", k=132)
    assert len(answer.candidates) == 132


def test_front_door_offers_what_it_says():
    for name in brainseek.__all__:
        assert getattr(brainseek, name) is not None
    with pytest.raises(AttributeError, match="brainseek attribute nothing"):
        _ = brainseek.nothing
