"""A plane of the template shows the place, its doubts and what is known."""

import numpy as np
import pytest

from brainseek.registration.patches.plane_cut import PlaneCut
from brainseek.ui.reports.patch_place_picture import OTHER, PLACE
from brainseek.ui.reports.plane_picture import ENLARGED, TRUTH, plane_picture

PLACE_AT, CANDIDATE, KNOWN = (79.5, 119.5), (19.5, 27.5), (159.5, 199.5)


def cut(known: bool) -> PlaneCut:
    others = np.array([KNOWN]) if known else np.zeros((0, 2))
    return PlaneCut(
        np.zeros((200, 240), np.uint8), np.array(PLACE_AT), np.array([CANDIDATE]), others,
        np.array([18.0, 24.0]), 36.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("colour", "point", "half"),
    [
        (PLACE, PLACE_AT, (36, 48)),
        ("#ffffff", PLACE_AT, (72, 72)),
        (OTHER, CANDIDATE, (6, 6)),
        (TRUTH, KNOWN, (16, 16)),
    ],
)
def test_the_ellipse_the_ring_the_candidate_and_the_known_place(
    colour: str, point: tuple[float, float], half: tuple[int, int]
) -> None:
    picture = plane_picture(cut(known=True))
    assert picture.shape == (400, 480, 3)
    spots = np.argwhere((picture == tuple(bytes.fromhex(colour[1:]))).all(2))
    low, high = spots.min(0), spots.max(0)
    centre = (np.array(point) + 0.5) * ENLARGED
    np.testing.assert_allclose((low + high) / 2, centre, atol=1.5)
    np.testing.assert_allclose((high - low) / 2, half, atol=1.5)


def test_without_a_known_place_there_is_no_cross() -> None:
    picture = plane_picture(cut(known=False))
    assert not (picture == tuple(bytes.fromhex(TRUTH[1:]))).all(2).any()
