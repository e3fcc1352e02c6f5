"""Upside-down sections: the map of the turned section, described as the section lies."""

import numpy as np

from brainseek.catalog.sections.section import section_from_array
from brainseek.catalog.volumes.volume import Plane
from brainseek.registration.alignment.alignment import Alignment, Quality, Target
from brainseek.registration.alignment.reflected import mirrored, turn_image, turned
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


def test_an_upside_down_section_is_described_as_it_lies():
    plain = made_alignment()
    found = turned(plain)
    points = np.array([[10.0, 20.0], [33.0, 51.0]])
    there = np.array(SHAPE) - 1 - points
    np.testing.assert_allclose(found.to_atlas_um(there), plain.to_atlas_um(points))
    np.testing.assert_allclose(found.to_section(plain.to_target(points)), there, atol=1e-2)
    np.testing.assert_array_equal(found.labels(), plain.labels()[::-1, ::-1])
    np.testing.assert_array_equal(found.section.image, plain.section.image[::-1, ::-1])
    np.testing.assert_allclose(found.plane.point(1, 1), plain.plane.point(0, 0), atol=1e-6)


def test_turning_twice_changes_nothing_and_mirroring_goes_with_it():
    plain = made_alignment()
    np.testing.assert_array_equal(turned(turned(plain)).labels(), plain.labels())
    np.testing.assert_array_equal(turned(mirrored(plain)).labels(), plain.labels()[::-1])
    mask = np.zeros(SHAPE, bool)
    mask[0, 0] = True
    section = section_from_array(plain.section.image)
    assert turn_image(section).tissue_mask is None
    from dataclasses import replace

    turned_mask = turn_image(replace(section, tissue_mask=mask)).tissue_mask
    assert turned_mask is not None
    assert turned_mask[-1, -1]
    assert turned_mask.sum() == 1
