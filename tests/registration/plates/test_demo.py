"""Demo sections are reproducible, varied, and cut where they say."""

import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.plates.demo import demo_sections


def test_the_same_seed_gives_the_same_sections() -> None:
    first, again, longer = (
        demo_sections(2, seed=3),
        demo_sections(2, seed=3),
        demo_sections(3, seed=3),
    )
    for a, b, c in zip(first, again, longer, strict=False):
        np.testing.assert_array_equal(a.section.image, b.section.image)
        np.testing.assert_array_equal(a.section.image, c.section.image)
        assert a.true_position_um == b.true_position_um == c.true_position_um
        assert a.true_tilt_deg == b.true_tilt_deg == c.true_tilt_deg
    assert demo_sections(1, seed=4)[0].true_position_um != first[0].true_position_um


def test_sections_lie_among_the_plates_and_look_like_images() -> None:
    positions = load_atlas("mni152").positions_um
    made = demo_sections(12)
    for one in made:
        section = one.section
        assert positions.min() <= one.true_position_um <= positions.max()
        assert section.image.dtype == np.uint8
        assert section.pixel_size_um == 500
        assert section.image.std() > 2
    assert len({one.section.source_uri for one in made}) == 12


def test_the_true_position_is_where_the_section_was_cut() -> None:
    """Without wear and tilt, a query equals the plane between the two plates around it."""
    atlas = load_atlas("mni152")
    (demo,) = demo_sections(1, seed=1, worn=False, tilt_limit_deg=0.0)
    distance = {p.number: abs(p.position_um - demo.true_position_um) for p in atlas.plates}
    small = demo.section.image[::2, ::2]
    error = {
        n: float(np.abs(small - atlas.plate_image(n)[: len(small), : small.shape[1]] / 255).mean())
        for n in distance
    }
    assert min(error, key=lambda n: error[n]) == min(distance, key=lambda n: distance[n])


@pytest.mark.parametrize(
    ("n", "seed", "why"), [(0, 0, "at least 1"), (-1, 0, "at least 1"), (1, -1, "is negative")]
)
def test_impossible_numbers_are_refused(n: int, seed: int, why: str) -> None:
    with pytest.raises(BrainseekError, match=why):
        demo_sections(n, seed)
