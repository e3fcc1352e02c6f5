"""Series: order, gaps, locks, flips and bad members on made-up brains with a known answer."""

import gc
import weakref

import numpy as np
import pytest
from scipy.stats import kendalltau

from brainseek import BrainseekError
from brainseek.catalog.sections.section import section_from_array
from brainseek.registration.plates.ranker import plate_ranker
from brainseek.registration.series.fit.fit_series import fit_series
from brainseek.registration.series.fit.monotone_fit import FitSettings, monotone_positions
from brainseek.registration.series.fit.order import rearrange
from brainseek.registration.series.flips import find_flips
from brainseek.registration.series.identify import identify_series, place_series
from brainseek.registration.series.pictures import is_blank, series_pictures, tissue_picture

POSITIONS = np.arange(100) * 100.0


def profiles(true_um: np.ndarray, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Similarity of made-up sections to plates 100 µm apart: a bell around the true place."""
    rng = np.random.default_rng(seed)
    bell = np.exp(-0.5 * ((true_um[:, None] - POSITIONS[None]) / 400.0) ** 2)
    return bell + rng.normal(0, noise, bell.shape)


def alike(true_um: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * ((true_um[:, None] - true_um[None]) / 400.0) ** 2)


def slow_best_path(log_grid, grid, spacing, settings):
    """All non-falling paths, one by one."""
    from itertools import combinations_with_replacement

    sd = max(settings.spread * spacing, (grid[1] - grid[0]) / 2)
    best, found = np.inf, None
    for path in combinations_with_replacement(range(len(grid)), len(log_grid)):
        steps = np.diff(grid[list(path)])
        cost = np.minimum(0.5 * ((steps - spacing) / sd) ** 2, settings.gap_cost).sum()
        cost -= sum(log_grid[row, column] for row, column in enumerate(path))
        if cost < best:
            best, found = cost, grid[list(path)]
    return found, best


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_the_best_of_all_paths(seed):
    rng = np.random.default_rng(seed)
    grid, settings = np.arange(9) * 10.0, FitSettings(spread=0.5, gap_cost=2.0)
    log_grid = np.log(rng.dirichlet(np.ones(9), 5))
    found, cost = monotone_positions(log_grid, grid, 20.0, settings)
    wanted, least = slow_best_path(log_grid, grid, 20.0, settings)
    assert cost == pytest.approx(least)
    np.testing.assert_allclose(found, wanted)


def test_even_sections_are_placed_evenly_whichever_way_round_they_come():
    true = 2000.0 + 150.0 * np.arange(40)
    for sense in (1, -1):
        fit = fit_series(profiles(true[::sense], 0.1), POSITIONS)
        assert fit.positions.reversed == (sense < 0)
        assert np.abs(fit.positions.even_um - true[::sense]).max() < 100
        assert fit.positions.spacing_um == pytest.approx(150, abs=10)
        assert not fit.moved.any()


def test_strays_are_put_back():
    rng = np.random.default_rng(3)
    order = np.arange(60)
    chosen = rng.choice(60, 6, replace=False)
    order[chosen] = np.roll(chosen, 1)
    true = 1500.0 + 120.0 * order
    fit = fit_series(profiles(true, 0.05), POSITIONS, likeness=alike(true))
    place = np.empty(60)
    place[fit.positions.order] = np.arange(60)
    assert kendalltau(place, order).statistic > 0.99
    far = np.abs(order - np.arange(60)) > 5
    assert fit.moved[far].all()
    assert not fit.moved[order == np.arange(60)].any()


def test_an_unknown_order_is_found():
    rng = np.random.default_rng(4)
    true = 1500.0 + 120.0 * rng.permutation(60)
    fit = fit_series(profiles(true, 0.1), POSITIONS, order="unknown", likeness=alike(true))
    place = np.empty(60)
    place[fit.positions.order] = np.arange(60)
    assert kendalltau(place, true).statistic > 0.98


def test_a_gap_is_kept():
    true = 1000.0 + 200.0 * np.arange(30)
    true[15:] += 1600.0
    fit = fit_series(profiles(true, 0.05), POSITIONS)
    assert np.abs(fit.positions.even_um - true).max() < 250
    assert fit.positions.gaps == (14,)


def test_a_bad_member_is_listed_and_placed_between_its_neighbours():
    true = 2000.0 + 150.0 * np.arange(30)
    likeness = alike(true)
    likeness[12] = likeness[:, 12] = 0.0
    likeness[12, 12] = 1.0
    similarity = profiles(true, 0.05)
    similarity[12] = profiles(np.array([9500.0]))[0]
    fit = fit_series(similarity, POSITIONS, likeness=likeness)
    assert np.flatnonzero(fit.bad).tolist() == [12]
    before, here, after = fit.positions.even_um[11:14]
    assert before < here < after


@pytest.mark.parametrize("sense", [1, -1])
def test_locks_are_kept_exactly_and_never_inverted(sense):
    true = 2000.0 + 150.0 * np.arange(30)[::sense]
    locks = {3: 31, 20: 61} if sense > 0 else {3: 61, 20: 31}
    fit = fit_series(profiles(true, 0.1), POSITIONS, locks=locks)
    for index, plate in locks.items():
        assert fit.positions.even_um[index] == POSITIONS[plate - 1]
        assert fit.positions.matched_um[index] == POSITIONS[plate - 1]
    along = fit.positions.even_um[::sense]
    assert (np.diff(along) >= -1e-9).all()


def test_locks_against_the_evidence_win():
    true = 2000.0 + 150.0 * np.arange(30)
    fit = fit_series(profiles(true), POSITIONS, locks={0: 70, 29: 20})
    assert fit.positions.reversed
    assert fit.positions.even_um[0] == 6900.0
    assert fit.positions.even_um[29] == 1900.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"locks": {0: 10, 1: 30, 2: 20}}, "a=10, b=30"),
        ({"locks": {9: 10}}, "sections 0 to 2"),
        ({"locks": {0: 999}}, "a can't be locked to plate 999"),
        ({"order": "random"}, "choose one of name, unknown"),
        ({"spacing_um": 0.0}, "more than 0"),
    ],
)
def test_wrong_questions_are_refused(arguments, sentence):
    similarity = profiles(np.array([1000.0, 2000.0, 3000.0]))
    with pytest.raises(BrainseekError, match=sentence):
        fit_series(similarity, POSITIONS, names=["a", "b", "c"], **arguments)


def test_one_section_is_no_series():
    with pytest.raises(BrainseekError, match="at least 2 sections"):
        fit_series(profiles(np.array([1000.0])), POSITIONS)


def test_a_collapse_is_said():
    fit = fit_series(profiles(np.full(20, 4000.0)), POSITIONS)
    assert any("about one plate" in warning for warning in fit.warnings)


def lopsided(n: int, seed: int = 0) -> np.ndarray:
    """Made-up pictures, (n, 64, 64): an ellipse with one lasting asymmetry and some noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((64, 64)) - 31.5
    pictures = []
    for i in range(n):
        tissue = (rows / 20) ** 2 + (columns / (24 + i % 3)) ** 2 < 1
        dent = (rows - 3) ** 2 + (columns - 14) ** 2 < 36
        pictures.append(tissue * 0.7 - 0.5 * (tissue & dent) + rng.normal(0, 0.03, (64, 64)))
    return np.array(pictures, np.float32)


def test_flips_are_found_relative_to_the_majority():
    pictures = lopsided(20)
    flipped = np.isin(np.arange(20), [4, 5, 13])
    pictures[flipped] = pictures[flipped][:, :, ::-1]
    found = find_flips(pictures)
    assert (found.flipped == flipped).all()
    assert found.told


def test_symmetric_sections_are_not_called_flipped():
    rng = np.random.default_rng(1)
    plain = lopsided(12)
    plain = plain + plain[:, :, ::-1] + rng.normal(0, 0.05, plain.shape).astype(np.float32)
    found = find_flips(plain)
    assert not found.flipped.any()
    assert not found.told


def test_whether_a_flip_would_be_noticed_is_what_flipping_one_section_shows():
    """From no lasting asymmetry to a strong one: told where the flip of one section is found."""
    rng = np.random.default_rng(7)
    told = []
    for share in (0.0, 0.1, 0.3, 1.0):
        pictures = lopsided(25, seed=2)
        even = (pictures + pictures[:, :, ::-1]) / 2
        pictures = even + share * (pictures - even)
        pictures += rng.normal(0, 0.03, pictures.shape).astype(np.float32)
        assert not find_flips(pictures).flipped.any()
        pictures[12] = pictures[12][:, ::-1]
        found = find_flips(pictures)
        told.append(found.told)
        assert found.flipped[12] == found.told
    assert told[0] is False
    assert told[-1] is True


def test_one_section_tells_nothing_about_flips():
    assert not find_flips(lopsided(1)).told


def test_rearranging_leaves_a_good_order_alone():
    found = rearrange(alike(100.0 * np.arange(30)), np.zeros(30, bool))
    assert found.order.tolist() == list(range(30))
    assert not found.strays.any()
    assert not found.bad.any()


def test_pictures_keep_the_scale_and_centre_the_tissue():
    image = np.zeros((80, 120), np.uint8)
    image[20:50, 10:60] = 200
    small = np.zeros((80, 120), np.uint8)
    small[50:65, 80:105] = 200
    sections = [tissue_picture(image, None), tissue_picture(small, None)]
    pictures = series_pictures(sections, [0, 180], 64)
    areas = (pictures > 0.5).sum((1, 2))
    assert areas[0] / areas[1] == pytest.approx(4, rel=0.35)
    for picture in pictures:
        rows, columns = np.nonzero(picture > 0.5)
        assert abs(rows.mean() - 31.5) < 1.5
        assert abs(columns.mean() - 31.5) < 1.5


def test_noise_is_blank_and_tissue_is_not():
    noise = np.random.default_rng(0).normal(200, 6, (80, 120)).astype(np.uint8)
    tissue = np.full((80, 120), 230, np.uint8)
    tissue[20:60, 30:90] = 120
    assert is_blank(section_from_array(noise))
    assert not is_blank(section_from_array(tissue))


def test_a_series_of_a_real_atlas_end_to_end(tmp_path):
    from brainseek.catalog.atlases.registry import load_atlas

    atlas = load_atlas("mni152")
    numbers = list(range(20, 70, 5))
    sections = [section_from_array(atlas.plate_image(number)) for number in numbers]
    unread = tmp_path / "broken.png"
    unread.write_bytes(b"no picture")
    answer = identify_series([*sections[:4], unread, *sections[4:]], "mni152")
    assert len(answer.members) == 11
    assert answer.members[4].bad
    assert answer.members[4].error is not None
    assert [m.place for m in answer.members] == list(range(11))
    found = [m.plate for m in answer.members if m.error is None]
    assert np.abs(np.array(found) - numbers).mean() < 3
    assert answer.to_dict()["members"][0]["plate"] == found[0]


def test_one_section_at_a_time_is_in_memory():
    from brainseek.catalog.atlases.registry import load_atlas

    atlas, given = load_atlas("mni152"), []

    def sections():
        for number in (30, 40, 50):
            gc.collect()
            assert sum(one() is not None for one in given) <= 1
            section = section_from_array(np.kron(atlas.plate_image(number), np.ones((2, 2))))
            given.append(weakref.ref(section.image))
            yield section
            del section

    answer = place_series(sections(), ["a", "b", "c"], plate_ranker("mni152"))
    assert [member.file for member in answer.members] == ["a", "b", "c"]


def test_a_sparse_series_of_one_brain_is_placed_better_than_its_sections_alone(shared_data):
    from brainseek.catalog.sections.section import read_section
    from brainseek.registration.plates.identify import identify

    sections = [read_section(p) for p in sorted(shared_data.glob("mouse-serial-nissl/*/*.jpg"))]
    assert len(sections) == 330
    chosen = sections[12::20]
    rank = np.arange(len(chosen))

    def off_the_line(position_um: np.ndarray) -> float:
        line = np.polyfit(rank[2:-2], position_um[2:-2], 1)
        return float(np.abs(np.polyval(line, rank) - position_um).mean())

    answer = identify_series(chosen, "mouse-nissl")
    together = np.array([member.position_um for member in answer.members])
    matched = np.array([member.matched_um for member in answer.members])
    alone = np.array([one.candidates[0].position_um for one in identify(chosen)])
    assert list(answer.order) == rank.tolist()
    assert off_the_line(together) <= off_the_line(matched) < off_the_line(alone) / 2
    assert {member.turned_deg for member in answer.members} == {180}
    (said,) = [warning for warning in answer.warnings if "mirrored and destroyed" in warning]
    assert f"about {answer.spacing_um:.0f} µm apart" in said
