"""Pictures of vertices: volumes, simulated and measured tissue."""

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.measured_tissue import CortexTissue
from brainseek.catalog.cortex.patches import CortexPatches, PatchFrame
from brainseek.catalog.cortex.simulated_histology import CortexRenderer, RenderSettings
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.trainers.cortex.sources import (
    ProfileVectors,
    RenderedPatches,
    VolumePatches,
)
from tests.catalog.surfaces.made_surface import icosphere
from tests.catalog.surfaces.made_surface import surface as made_surface

SPHERE = made_surface(*icosphere(2, 40_000.0))


def volume_patches() -> CortexPatches:
    data = np.random.default_rng(0).uniform(0, 3, (50, 50, 50))
    data[0, 0, 0] = 1000.0
    far = 4000.0 * 24.5
    volume = Volume(data, (4000.0,) * 3, (-far,) * 3, ("x", "y", "z"), ("x", "y", "z"))
    return CortexPatches(volume, SPHERE, PatchFrame(24, 24, 1000.0, 6000.0))


def test_patches_of_a_volume_become_eight_bit():
    patches = volume_patches()
    source, rng = VolumePatches(patches), np.random.default_rng(1)
    angle = np.deg2rad(np.random.default_rng(1).uniform(-180, 180))
    values = patches.patch(30, angle)
    low, high = np.percentile(values, (1, 99.5))
    expected = np.clip((values - low) / (high - low), 0, 1) * 255
    picture = source(30, rng)
    assert picture.dtype == np.uint8
    assert np.abs(picture - expected).max() <= 0.51
    assert source.usable.all()
    assert not np.array_equal(picture, source(30, rng))


def test_three_planes_are_turned_together_and_no_more_than_asked():
    patches = volume_patches()
    source = VolumePatches(patches, turn_deg=20.0, planes=3)
    for seed in range(5):
        angle = np.deg2rad(np.random.default_rng(seed).uniform(-20, 20))
        picture = source(12, np.random.default_rng(seed))
        assert picture.shape == (24, 24, 3)
        np.testing.assert_array_equal(picture, spread_gray(patches.planes(12, angle)))


@pytest.mark.parametrize("shape", [(20, 20), (9, 9, 3)])
def test_spread_gray_does_not_depend_on_gain_and_offset(shape):
    values = np.random.default_rng(3).gamma(2.0, 30.0, shape)
    gray = spread_gray(values)
    assert gray.shape == shape
    assert gray.dtype == np.uint8
    assert (gray.min(), gray.max()) == (0, 255)
    for gain, offset in ((0.01, 0.0), (37.0, -4000.0), (1.0, 900.0)):
        other = spread_gray(gain * values + offset)
        assert np.abs(other.astype(int) - gray).max() <= 1  # float32 rounds
    assert not np.array_equal(spread_gray(-values), gray)
    order = np.argsort(values, axis=None)
    assert (np.diff(gray.ravel()[order].astype(int)) >= 0).all()


def test_an_even_patch_is_black():
    assert not spread_gray(np.full((4, 4), 80.0)).any()


def test_rendered_pictures_come_from_vertices_with_layers():
    tissue = CortexTissue(
        thickness_um=np.array([[300.0] * 6, [0.0] * 6]),
        parcel=np.array([0, 0]),
        darkness=np.full((50, 1), 0.2),
        areas_um2=(np.array([40.0]),) * 7,
        per_mm2=np.full(7, 800.0),
    )
    source = RenderedPatches(CortexRenderer(tissue, RenderSettings(size=64, pixel_um=30.0)))
    assert source.usable.tolist() == [True, False]
    assert source(0, np.random.default_rng(0)).shape == (64, 64)


def test_profiles_are_the_measurements_and_draw_nothing():
    tissue = CortexTissue(
        thickness_um=np.array([[300.0, 100, 500, 200, 400, 1000], [0.0] * 6, [250.0] * 6]),
        parcel=np.array([1, 0, 0]),
        darkness=np.stack([np.linspace(0.1, 0.4, 50), np.linspace(0.5, 0.2, 50)], axis=1),
        areas_um2=(np.array([40.0]),) * 7,
        per_mm2=np.full(7, 800.0),
    )
    source, rng = ProfileVectors(tissue), np.random.default_rng(0)
    assert source.usable.tolist() == [True, False, True]
    first = source(0, rng)
    assert first.shape == (1, 57)
    assert first.dtype == np.float32
    expected = [0.12, 0.04, 0.2, 0.08, 0.16, 0.4, 0.5, *np.linspace(0.5, 0.2, 50)]
    np.testing.assert_allclose(first[0], expected, rtol=1e-6)
    np.testing.assert_allclose(source(2, rng)[0, :8], [*[1 / 6] * 6, 0.3, 0.1], rtol=1e-6)
    assert rng.bit_generator.state == np.random.default_rng(0).bit_generator.state
    with pytest.raises(BrainseekError, match="vertex 1 has no layers"):
        source(1, rng)
