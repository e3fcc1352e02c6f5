"""Cortical patches against closed forms: ramps, directions and a shell around a sphere."""

import math
from dataclasses import replace

import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.patches import CortexPatches, PatchFrame
from brainseek.catalog.volumes.volume import Volume
from tests.catalog.surfaces.made_surface import icosphere, surface

SLOPES, OFFSET = np.array([0.002, -0.001, 0.0005]), 300.0
FRAME = PatchFrame(rows=12, columns=8, pixel_um=700.0, outside_um=2100.0)
SPHERE = surface(*icosphere(2, 40_000.0))


def made_volume(values, half_mm: int = 60, step_um: float = 4000.0) -> Volume:
    """A volume in coronal order (y and z fall, x rises) of a function of x, y, z in µm."""
    n = round(2000 * half_mm / step_um) + 1
    far = step_um * (n - 1) / 2
    y, z, x = np.meshgrid(*(far - step_um * np.arange(n),) * 2, step_um * np.arange(n) - far,
                          indexing="ij")  # fmt: skip
    return Volume(
        data=values(x, y, z).astype(np.float32),
        step_um=(-step_um, -step_um, step_um),
        origin_um=(far, far, -far),
        axes=("y", "z", "x"),
        space_axes=("x", "y", "z"),
    )


@pytest.fixture(scope="module")
def ramp() -> CortexPatches:
    volume = made_volume(lambda x, y, z: SLOPES[0] * x + SLOPES[1] * y + SLOPES[2] * z + OFFSET)
    return CortexPatches(volume, SPHERE, FRAME)


def place(patches: CortexPatches, vertex: int, angle: float, r: float, c: float, s: float):
    """Point in µm of a pixel centre, from the definition alone."""
    frame = patches.frame
    centre = patches.surface.vertices_um[vertex]
    down, right, across = patches.axes(vertex, angle)
    depth = (r + 0.5) * frame.pixel_um - frame.outside_um
    column = (c + 0.5 - frame.columns / 2) * frame.pixel_um
    return centre + depth * down + column * right + s * across


@pytest.mark.parametrize(("vertex", "angle"), [(0, 0.0), (17, 0.7), (101, 2.9), (161, -4.0)])
def test_a_ramp_gives_its_closed_form_at_every_pixel(ramp, vertex, angle):
    picture = ramp.patch(vertex, angle)
    assert picture.shape == (12, 8)
    for r in range(12):
        for c in range(8):
            expected = place(ramp, vertex, angle, r, c, 0.0) @ SLOPES + OFFSET
            assert picture[r, c] == pytest.approx(expected, abs=1e-3)


def test_a_block_gives_the_ramp_at_every_voxel(ramp):
    block = ramp.block(33, 1.1)
    assert block.shape == (12, 8, 8)
    for r, c, s in np.ndindex(block.shape):
        shift = (s - 3.5) * FRAME.pixel_um
        expected = place(ramp, 33, 1.1, r, c, shift) @ SLOPES + OFFSET
        assert block[r, c, s] == pytest.approx(expected, abs=1e-3)


def test_rows_follow_the_normal_of_a_sphere_and_columns_its_tangents():
    radial = made_volume(lambda x, y, z: np.sqrt(x**2 + y**2 + z**2), step_um=1000.0)
    patches = CortexPatches(radial, SPHERE, FRAME)
    depth = (np.arange(12) + 0.5) * FRAME.pixel_um - FRAME.outside_um
    for vertex in (0, 40, 99):
        down, right, across = patches.axes(vertex, 0.4)
        outward = SPHERE.vertices_um[vertex] / 40_000.0
        # Vertex normals of an icosphere differ from the radius by the irregular triangles.
        assert -down @ outward > 0.999
        assert np.allclose(np.stack([down, right, across]) @ np.stack([down, right, across]).T,
                           np.eye(3), atol=1e-12)  # fmt: skip
        middle = patches.patch(vertex, 0.4)[:, 3:5].mean(1)
        assert np.allclose(middle, 40_000.0 - depth, atol=60.0)
        assert (np.diff(middle) < 0).all()


def test_the_angle_turns_the_columns_about_the_normal(ramp):
    for vertex in (5, 60):
        down, right, across = ramp.axes(vertex, 0.0)
        turned = ramp.axes(vertex, 0.6)
        assert np.allclose(turned[0], down)
        assert turned[1] @ right == pytest.approx(math.cos(0.6))
        assert abs(turned[1] @ across) == pytest.approx(math.sin(0.6))
    half_turn = ramp.patch(5, math.pi)
    assert np.allclose(half_turn, ramp.patch(5, 0.0)[:, ::-1], atol=1e-3)


def test_the_plane_carries_the_pixels_to_their_points(ramp):
    plane = ramp.plane(9, 0.3)
    for r, c in ((0, 0), (11, 7), (4, 6)):
        point = plane.point((c + 0.5) / 8, (r + 0.5) / 12)
        assert np.allclose(point, place(ramp, 9, 0.3, r, c, 0.0))


def test_real_t1_has_a_dark_outside_and_bright_white_matter_along_the_rows():
    from brainseek.catalog.surfaces.registry import load_surface

    surface = load_surface("fsaverage5")
    frame = PatchFrame(rows=24, columns=3, pixel_um=500.0, outside_um=6000.0)
    patches = CortexPatches(load_atlas("mni152").volume, surface, frame)
    chosen = surface.sample(150, np.random.default_rng(0))
    profile = np.median([patches.patch(int(v)).mean(1) for v in chosen], axis=0)
    # 5.5 mm outside the pia lies CSF, 1 mm inside grey, 5.5 mm inside mostly white matter.
    assert profile[:2].mean() < profile[13:15].mean() < profile[22:].mean()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"rows": 0}, "0 rows and 32 columns has no pixels"),
        ({"columns": -2}, "32 rows and -2 columns has no pixels"),
        ({"pixel_um": 0.0}, r"pixel size 0\.0 must be a positive number"),
        ({"outside_um": math.nan}, "outside_um nan must be a finite number"),
    ],
)
def test_impossible_frames_are_refused(settings, problem):
    with pytest.raises(BrainseekError, match=problem):
        PatchFrame(**settings)


def test_vertices_and_volumes_that_do_not_fit_are_refused(ramp):
    for vertex in (-1, len(ramp.surface)):
        with pytest.raises(BrainseekError, match=f"vertex {vertex} does not exist"):
            ramp.patch(vertex)
    other = replace(ramp.volume, axes=("AP", "DV", "ML"), space_axes=("AP", "DV", "ML"))
    with pytest.raises(BrainseekError, match="take a volume of the surface's space"):
        CortexPatches(other, ramp.surface)


def test_mirrored_places_have_mirrored_patches_at_angle_0(ramp):
    vertices, faces = icosphere(1, 20_000.0)
    right, n = vertices + np.array([30_000.0, 0.0, 0.0]), len(vertices)
    both = surface(
        np.concatenate([right * (-1.0, 1.0, 1.0), right]),
        np.concatenate([faces[:, ::-1], faces + n]),
        hemisphere=np.repeat([0, 1], n),
    )
    patches = CortexPatches(ramp.volume, both, FRAME)
    for vertex in range(n):
        left, own = patches.axes(vertex, 0.0), patches.axes(vertex + n, 0.0)
        np.testing.assert_allclose(left[:2], own[:2] * (-1, 1, 1), atol=1e-9)
        assert own[1] @ (0.3, 1.0, 0.0) > -1e-9  # anterior and lateral


def test_planes_are_the_middle_planes_of_the_block():
    noise = made_volume(
        lambda x, y, z: np.random.default_rng(0).random(x.shape) * 100, step_um=3000.0
    )
    patches = CortexPatches(noise, SPHERE, PatchFrame(9, 9, 1500.0, 5000.0))
    for vertex, angle in ((3, 0.0), (77, 1.3)):
        planes, block = patches.planes(vertex, angle), patches.block(vertex, angle)
        assert planes.shape == (9, 9, 3)
        np.testing.assert_allclose(planes[..., 0], block[:, :, 4], atol=1e-2)
        np.testing.assert_allclose(planes[..., 1], block[:, 4, :], atol=1e-2)
        np.testing.assert_allclose(planes[..., 2], block[4].T, atol=1e-2)
        np.testing.assert_array_equal(planes[..., 0], patches.patch(vertex, angle))


def test_pictures_are_those_of_the_volumes_own_cutter():
    noise = made_volume(
        lambda x, y, z: np.random.default_rng(1).random(x.shape) * 100, step_um=3000.0
    )
    patches = CortexPatches(noise, SPHERE, FRAME)
    block = patches.block(20, 0.8)
    for slab, shift in ((0, -3.5), (5, 1.5)):
        plane = patches.plane(20, 0.8, shift * FRAME.pixel_um)
        np.testing.assert_allclose(block[..., slab], noise.cut_plane(plane, (12, 8)), atol=1e-2)
    direct = noise.cut_plane(patches.plane(20, 0.8), (12, 8))
    np.testing.assert_allclose(patches.patch(20, 0.8), direct, atol=1e-2)


def test_planes_need_a_square_frame(ramp):
    with pytest.raises(BrainseekError, match="as many rows as columns"):
        ramp.planes(0)


@pytest.mark.parametrize("angle", [0.0, 0.35, -2.0])
def test_mirrored_places_of_a_symmetric_volume_have_equal_planes(angle):
    uneven = made_volume(
        lambda x, y, z: np.sin(np.abs(x) / 9000) + np.cos(y / 7000 + 1) + np.sin(z / 11000 + 2)
    )
    vertices, faces = icosphere(1, 20_000.0)
    right, n = vertices + np.array([30_000.0, 0.0, 0.0]), len(vertices)
    both = surface(
        np.concatenate([right * (-1.0, 1.0, 1.0), right]),
        np.concatenate([faces[:, ::-1], faces + n]),
        hemisphere=np.repeat([0, 1], n),
    )
    patches = CortexPatches(uneven, both, PatchFrame(9, 9, 1500.0, 5000.0))
    for vertex in range(0, n, 5):
        left, own = patches.planes(vertex, angle), patches.planes(vertex + n, angle)
        np.testing.assert_allclose(left, own, atol=1e-4)
        turned = patches.planes(vertex, angle + 1.0)
        assert np.abs(turned - own).max() > 0.05
