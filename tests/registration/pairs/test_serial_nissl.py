"""Serial sections as pairs: left out, set upright, moved to where they fit, and kept or not."""

from types import SimpleNamespace

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.serial_sections import SerialSection
from brainseek.catalog.sections.section import section_from_array
from brainseek.registration.alignment.alignment import Alignment, Quality, Target
from brainseek.registration.alignment.warp import Warp
from brainseek.registration.pairs import serial_nissl as room
from brainseek.registration.pairs.nissl_af import MOVES_UM, blended_moves
from brainseek.registration.series.angles import SeriesAngles
from brainseek.registration.series.answer import Member

N, SPACING_UM, OFF_UM, SHIFT_UM = 40, 300.0, 160.0, 25.0
BAD, MOVED, TURNED, FLIPPED, POOR, TORN = 10, 11, 12, 13, 20, 22


def member(i: int) -> Member:
    return Member(
        str(i), i, 1, i * SPACING_UM, i * SPACING_UM, 0.5,
        flipped=i == FLIPPED, turned_deg=180 * (i == TURNED), bad=i == BAD, moved=i == MOVED,
    )  # fmt: skip


@pytest.fixture
def refined(monkeypatch):
    """Sections whose features like a plane 160 µm behind the one that the series says best."""
    picture = np.zeros((40, 60), np.uint8)
    sections = []
    for i in range(N):
        picture[:] = 0
        picture[5:12, 8:20], picture[0, 0] = 200, i
        sections.append(section_from_array(picture.copy(), 50.0, source_uri=str(i)))
    angles = SeriesAngles(2.0, -5.0, (0.5, 0.5), SHIFT_UM, 9)

    def align(section, target, *, nonlinear, upside_down, encoder):
        position, tilt = target
        assert (tilt, upside_down) == ((2.0, -5.0), False)
        i = int(section.source_uri)
        away = position - (i * SPACING_UM + SHIFT_UM + OFF_UM)
        similarity = 0.3 if i == POOR else 0.6 - (away / 2000) ** 2
        quality = Quality(similarity, 0.85 if i == TORN else 0.9, 0.0, True, None)
        made = Target("made", None, None, np.zeros((8, 8)), np.zeros((8, 8), np.int32), 25.0)
        matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
        return Alignment(section, made, Warp(matrix, None, (40, 60)), quality, 0.0, "affine", {})

    stand_ins = {
        "serial_sections": lambda: [SerialSection(2 * i, i, i, 25.0) for i in range(N)],
        "read_section": lambda path, pixel_size_um: sections[path],
        "load_atlas": lambda name: SimpleNamespace(name=name),
        "load_encoder": lambda name: None,
        "plate_ranker": lambda atlas: None,
        "place_series": lambda read, names, ranker: SimpleNamespace(
            members=tuple(member(i) for i in range(N))
        ),
        "series_angles": lambda read, answer, atlas: angles,
        "target_from_plane": lambda atlas, plane, pixel_size_um: plane,
        "align": align,
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(room, name, stand_in)
    return lambda every: {one.number // 2: one for one in room.refine_serial(every, progress=False)}


def test_sections_are_moved_to_where_their_features_fit(refined):
    found = refined(1)
    for i, one in found.items():
        assert one.number == 2 * i
        assert one.position_um == pytest.approx(i * SPACING_UM + SHIFT_UM + one.move_um)
    moves = [one.move_um for i, one in found.items() if abs(i - POOR) > 10]
    np.testing.assert_allclose(moves, OFF_UM, atol=1)
    assert [i for i, one in found.items() if not one.kept] == [POOR, TORN]


def test_doubtful_sections_and_the_ends_are_left_out(refined):
    low, high = room.POSITIONS_UM
    inside = [i for i in range(N) if low <= i * SPACING_UM <= high]
    assert 0 < len(inside) < N
    assert list(refined(1)) == [i for i in inside if i not in (BAD, MOVED)]
    assert list(refined(3)) == [i for i in inside if i % 3 == 0 and i not in (BAD, MOVED)]
    with pytest.raises(BrainseekError, match="every 0th section"):
        room.refine_serial(0)


def test_sections_are_set_upright(refined):
    found = refined(1)
    corners = {
        i: np.argwhere(one.alignment.section.image == 200).min(0) for i, one in found.items()
    }
    assert corners[14].tolist() == [5, 8]
    assert corners[TURNED].tolist() == [40 - 12, 60 - 20]
    assert corners[FLIPPED].tolist() == [5, 60 - 20]


def test_blended_moves_by_slow_loops():
    """With the defaults and with other moves: the vertex of a parabola of weighted sums."""
    rng = np.random.default_rng(0)
    for moves_um, blend in ((MOVES_UM, 4.0), (room.SERIAL_MOVES_UM, 7.0)):
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
