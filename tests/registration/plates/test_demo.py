"""Demo sections are reproducible, varied, and cut where they say."""

import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.registration.plates.demo import demo_queries


def test_the_same_seed_gives_the_same_sections() -> None:
    first, again, longer = demo_queries(2, seed=3), demo_queries(2, seed=3), demo_queries(3, seed=3)
    for (a, y_a), (b, y_b), (c, y_c) in zip(first, again, longer, strict=False):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.image, c.image)
        assert y_a == y_b == y_c
    assert demo_queries(1, seed=4)[0][1] != first[0][1]


def test_sections_lie_among_the_plates_and_look_like_images() -> None:
    positions = load_atlas("mni152").positions_um
    queries = demo_queries(12)
    for section, position_um in queries:
        assert positions.min() <= position_um <= positions.max()
        assert section.image.dtype == np.uint8
        assert section.pixel_size_um == 500
        assert section.image.std() > 2
    assert len({section.source_uri for section, _ in queries}) == 12


def test_the_true_position_is_where_the_section_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without wear and tilt, a query equals the plane between the two plates around it."""
    monkeypatch.setattr("brainseek.registration.plates.demo._worn", lambda image, rng: image / 255)
    monkeypatch.setattr("brainseek.registration.plates.demo.TILT_LIMIT_DEG", 0.0)
    atlas = load_atlas("mni152")
    section, position_um = demo_queries(1, seed=1)[0]
    distance = {p.number: abs(p.position_um - position_um) for p in atlas.plates}
    small = section.image[::2, ::2]
    error = {
        n: float(np.abs(small - atlas.plate_image(n)[: len(small), : small.shape[1]] / 255).mean())
        for n in distance
    }
    assert min(error, key=lambda n: error[n]) == min(distance, key=lambda n: distance[n])


@pytest.mark.parametrize(("n", "seed"), [(0, 0), (-1, 0), (1, -1)])
def test_impossible_numbers_are_refused(n: int, seed: int) -> None:
    with pytest.raises(BrainseekError):
        demo_queries(n, seed)
