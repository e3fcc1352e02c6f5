"""Upside-down and mirrored sections: aligned upright, described as they lie."""

from dataclasses import replace

import numpy as np
import pytest

from brainseek.catalog.sections.section import section_from_array
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.alignment.alignment import Alignment, Quality, Target
from brainseek.registration.alignment.section_flip import HALF_TURN, flip_section, upright_axes
from brainseek.registration.alignment.warp import Warp

SHAPE = (40, 60)


def made_alignment() -> Alignment:
    rng = np.random.default_rng(0)
    section = section_from_array(rng.integers(0, 255, SHAPE, np.uint8), 25.0)
    labels = rng.integers(0, 9, (80, 120)).astype(np.int32)
    plane = Plane((0.0, 0.0, 0.0), (0.0, 0.0, 3000.0), (0.0, 2000.0, 0.0))
    target = Target("made", 1, plane, labels.astype(np.float32), labels, 25.0)
    displacement = rng.normal(0, 0.5, (4, 6, 2)).astype(np.float32)
    warp = Warp(np.array([[1.8, 0.1, 3.0], [-0.1, 1.9, 2.0]]), displacement, SHAPE)
    return Alignment(section, target, warp, Quality(1, 1, 0, True, None), 0.1, "made", {})


@pytest.mark.parametrize(("turned_deg", "mirrored"), [(180, False), (0, True), (180, True)])
def test_a_section_that_does_not_lie_upright_is_described_as_it_lies(turned_deg, mirrored):
    plain = made_alignment()
    axes = upright_axes(turned_deg, mirrored)
    assert axes == {(180, False): (0, 1), (0, True): (1,), (180, True): (0,)}[turned_deg, mirrored]
    found = plain.flipped(axes)
    points = np.array([[10.0, 20.0], [33.0, 51.0]])
    there = points.copy()
    for axis in axes:
        there[:, axis] = SHAPE[axis] - 1 - points[:, axis]
    np.testing.assert_allclose(found.to_atlas_um(there), plain.to_atlas_um(points))
    np.testing.assert_allclose(found.to_section(plain.to_target(points)), there, atol=1e-2)
    np.testing.assert_array_equal(found.labels(), np.flip(plain.labels(), axes))
    np.testing.assert_array_equal(found.section.image, np.flip(plain.section.image, axes))
    corner = (1 in axes, 0 in axes)
    np.testing.assert_allclose(found.plane.point(*corner), plain.plane.point(0, 0), atol=1e-6)


def test_turning_twice_changes_nothing_and_mirroring_goes_with_it():
    plain = made_alignment()
    np.testing.assert_array_equal(
        plain.flipped(HALF_TURN).flipped(HALF_TURN).labels(), plain.labels()
    )
    np.testing.assert_array_equal(
        plain.flipped((1,)).flipped(HALF_TURN).labels(), plain.labels()[::-1]
    )
    mask = np.zeros(SHAPE, bool)
    mask[0, 0] = True
    section = section_from_array(plain.section.image)
    assert flip_section(section, HALF_TURN).tissue_mask is None
    assert flip_section(section, upright_axes(0, False)) is section
    turned_mask = flip_section(replace(section, tissue_mask=mask), HALF_TURN).tissue_mask
    assert turned_mask is not None
    assert turned_mask[-1, -1]
    assert turned_mask.sum() == 1
