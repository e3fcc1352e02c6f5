"""Serial sections as pairs: left out, moved to where they fit, and kept or not."""

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section, section_from_array
from brainseek.registration.alignment.alignment import Alignment, Quality, Target
from brainseek.registration.alignment.warp import Warp
from brainseek.registration.pairs.nissl_af import MOVES_UM, blended_moves
from brainseek.registration.pairs.serial_nissl import (
    POSITIONS_UM,
    SERIAL_MOVES_UM,
    PlacedSection,
    fit_for_pairs,
    refine_placed,
    refine_serial,
)
from brainseek.registration.series.placed_series import Member

N, SPACING_UM, OFF_UM = 40, 300.0, 160.0


def test_sections_are_moved_to_where_their_features_fit():
    """Their features like a plane 160 µm behind the one that the series says best."""
    poor, torn = 20, 22
    picture = np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8)
    placed = [
        PlacedSection(2 * i, section_from_array(picture, source_uri=str(i)), i * SPACING_UM)
        for i in range(N)
    ]
    identity = Warp(np.array([[1.0, 0, 0], [0, 1, 0]]), None, (40, 60))
    made = Target("made", None, None, np.zeros((8, 8)), np.zeros((8, 8), np.int32), 25.0)

    def align_at(section: Section, position_um: float, nonlinear: bool) -> Alignment:
        i = int(section.source_uri)
        away = position_um - (i * SPACING_UM + OFF_UM)
        similarity = 0.3 if i == poor else 0.6 - (away / 2000) ** 2
        quality = Quality(similarity, 0.85 if i == torn else 0.9, 0.0, True, None)
        return Alignment(section, made, identity, quality, 0.0, str(nonlinear), {})

    found = refine_placed(placed, align_at, progress=False)
    for i, one in enumerate(found):
        assert one.number == 2 * i
        assert one.alignment.section is placed[i].section
        assert one.alignment.method == "True"
        assert one.position_um == pytest.approx(i * SPACING_UM + one.move_um)
    moves = [one.move_um for i, one in enumerate(found) if abs(i - poor) > 10]
    np.testing.assert_allclose(moves, OFF_UM, atol=1)
    assert [i for i, one in enumerate(found) if not one.kept] == [poor, torn]


def test_doubtful_sections_and_the_ends_are_left_out():
    bad, moved = 10, 11
    members = [
        Member(str(i), i, 1, i * SPACING_UM, i * SPACING_UM, 0.5, bad=i == bad, moved=i == moved)
        for i in range(N)
    ]
    low, high = POSITIONS_UM
    inside = [i for i in range(N) if low <= i * SPACING_UM <= high]
    assert 0 < len(inside) < N
    for every in (1, 3):
        kept = fit_for_pairs(members, every)
        assert [i for i, _ in kept] == [
            i for i in inside if i % every == 0 and i not in (bad, moved)
        ]
        assert all(member is members[i] for i, member in kept)
    with pytest.raises(BrainseekError, match="every 0th section"):
        refine_serial(0)


def test_blended_moves_by_slow_loops():
    """With the defaults and with other moves: the vertex of a parabola of weighted sums."""
    rng = np.random.default_rng(0)
    for moves_um, blend in ((MOVES_UM, 4.0), (SERIAL_MOVES_UM, 7.0)):
        tried, asked = np.arange(0, 30, 3), np.arange(30)
        likings = rng.uniform(0.3, 0.7, (len(tried), len(moves_um)))
        found = blended_moves(tried, likings, asked, moves_um, blend)
        for k in asked:
            weights = [np.exp(-((k - t) ** 2) / (2 * blend**2)) for t in tried]
            sums = [
                sum(w * row[m] for w, row in zip(weights, likings, strict=True)) / sum(weights)
                for m in range(len(moves_um))
            ]
            best = min(max(int(np.argmax(sums)), 1), len(moves_um) - 2)
            a, b, c = sums[best - 1 : best + 2]
            bend = min(a - 2 * b + c, -1e-9)
            step = min(max((a - c) / 2 / bend, -1), 1)
            assert found[k] == pytest.approx(moves_um[best] + step * (moves_um[1] - moves_um[0]))
    np.testing.assert_array_equal(
        blended_moves(tried, likings, asked), blended_moves(tried, likings, asked, MOVES_UM, 4.0)
    )
