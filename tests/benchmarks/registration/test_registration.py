"""The scores of the registration benchmark against slow loops and known answers."""

from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.registration.coarse_regions import REGIONS, agreement
from benchmarks.registration.parts import error_um, part_of_plate
from benchmarks.registration.planes import plane_numbers
from benchmarks.registration.series import damaged_series, series_score
from benchmarks.registration.transfer import TUNED_ON
from benchmarks.registration.transfer_tables import held_out
from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.catalog.volumes.volume import Volume

AXES = ("AP", "DV", "ML")


def test_dice_and_error_equal_slow_loops() -> None:
    rng = np.random.default_rng(0)
    found, truth = rng.integers(0, 4, (2, 30, 40)).astype(np.uint8)
    valid = rng.random((30, 40)) < 0.7
    score = agreement(found, truth, valid, 10.0)
    assert list(score.dice) == list(REGIONS)[:3]
    errors = []
    for number, name in enumerate(score.dice, start=1):
        both = ones = twos = unequal = 0
        for row in range(30):
            for column in range(40):
                if valid[row, column]:
                    a, b = found[row, column] == number, truth[row, column] == number
                    both, ones, twos = both + (a and b), ones + a, twos + b
                    unequal += a != b
        assert score.dice[name] == pytest.approx(2 * both / (ones + twos))
        errors.append(unequal / valid.sum())
    assert score.squared_error == pytest.approx(np.mean(errors))


def test_a_shifted_square_is_as_far_off_as_it_was_shifted() -> None:
    truth, found = np.zeros((2, 60, 60), np.uint8)
    truth[10:30, 10:30], found[10:30, 14:34] = 1, 1
    everywhere = np.ones((60, 60), bool)
    score = agreement(found, truth, everywhere, 5.0)
    assert score.hausdorff95_um == pytest.approx(20)
    assert score.mean_dice == pytest.approx(16 / 20)
    assert agreement(truth, truth, everywhere, 5.0).hausdorff95_um == 0
    nothing = agreement(np.zeros_like(truth), truth, everywhere, 5.0)
    assert (nothing.mean_dice, nothing.hausdorff95_um) == (0, pytest.approx(5 * np.hypot(60, 60)))


def test_no_plate_that_chose_the_settings_is_measured() -> None:
    assert not {abs(a - b) for a in held_out(1) for b in TUNED_ON} & {0, 1}


@dataclass(frozen=True)
class MadeMember:
    place: int
    position_um: float
    flipped: bool
    bad: bool


@dataclass(frozen=True)
class MadeAnswer:
    members: list[MadeMember]
    spacing_um: float = 40.0


def made_sections(n: int) -> list[Section]:
    rng = np.random.default_rng(1)
    return [section_from_array(rng.integers(0, 255, (40, 50), np.uint8)) for _ in range(n)]


def test_a_right_answer_scores_in_full_and_a_wrong_one_does_not() -> None:
    rank = np.arange(60, dtype=float)
    truth = damaged_series(made_sections(60), rank, seed=3)
    assert (truth.flipped.sum(), truth.destroyed.sum()) == (3, 3)
    right = [
        MadeMember(int(r), 40.0 * r, bool(f), bool(d))
        for r, f, d in zip(truth.rank, truth.flipped, truth.destroyed, strict=True)
    ]
    score = series_score(MadeAnswer(right), truth)  # type: ignore[arg-type]
    assert (score.tau, score.residual_um) == (pytest.approx(1), pytest.approx(0, abs=1e-6))
    assert (score.flips_found, score.false_flips) == (score.flips, 0)
    assert (score.destroyed_found, score.false_bad) == (score.destroyed, 0)
    wrong = [MadeMember(i, 40.0 * i, not m.flipped, not m.bad) for i, m in enumerate(right)]
    score = series_score(MadeAnswer(wrong), truth)  # type: ignore[arg-type]
    assert score.tau < 1
    assert (score.flips_found, score.destroyed_found) == (0, 0)
    assert score.false_flips > 40


@pytest.mark.parametrize("tilt", [(0.0, 0.0), (6.0, -4.0), (-9.0, 11.0)])
def test_numbers_of_a_plane_are_those_it_was_cut_with(tilt):
    volume = Volume(np.zeros((40, 30, 36), np.float32), (100.0,) * 3, (50.0,) * 3, AXES, AXES)
    plane = volume.plane_of_cut(2100.0, tilt, (60, 70), 50.0)
    np.testing.assert_allclose(plane_numbers(plane, volume), (2100.0, *tilt), atol=1e-6)


def test_a_part_knows_where_it_was_cut_from(shared_data):
    part = part_of_plate(60, seed=0)
    again = part_of_plate(60, seed=0)
    np.testing.assert_array_equal(part.section.image, again.section.image)
    exact = error_um(part, lambda p: p @ part.truth[:, :2].T + part.truth[:, 2])
    off = error_um(part, lambda p: p @ part.truth[:, :2].T + part.truth[:, 2] + [3.0, 4.0])
    assert exact == pytest.approx(0, abs=1e-6)
    assert off == pytest.approx(5 * part.target.pixel_size_um)
