"""Batches of cortical patches: what is drawn, what belongs to what, and equal over ranks."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import tifffile
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.measured_tissue import CortexTissue
from brainseek.catalog.cortex.patches import CortexPatches, PatchFrame
from brainseek.catalog.cortex.simulated_histology import CortexRenderer, RenderSettings
from brainseek.catalog.datasets.registered_sections import read_registered_sections
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.surface import Surface
from brainseek.catalog.volumes.volume import Volume
from brainseek.embedder.preprocessing.patch_gray import spread_gray
from brainseek.trainers.cortex.batches import (
    CortexBatches,
    CortexBatchSettings,
    InTurn,
    SameArea,
    SameVertex,
    channels_first,
)
from brainseek.trainers.cortex.patch_augment import PatchAugmentation
from brainseek.trainers.cortex.profile_augment import ProfileAugmentation
from brainseek.trainers.cortex.sources import (
    ProfileVectors,
    RenderedPatches,
    SectionPatches,
    VolumePatches,
)
from tests.catalog.surfaces.made_surface import icosphere, two_spheres
from tests.catalog.surfaces.made_surface import surface as made_surface

STILL = PatchAugmentation(mirror=0, rotation_deg=0, log_scale=0, shift=0, gamma=0, gain=0, blur=0,
                          noise=0)  # fmt: skip
SPHERE = made_surface(*icosphere(2, 40_000.0))
SETTINGS = CortexBatchSettings(vertices=6, views=2)


@dataclass(frozen=True, eq=False)
class Coded:
    """Pictures whose first pixels spell the vertex; the rest is random."""

    n: int

    @property
    def usable(self) -> np.ndarray:
        return np.ones(self.n, bool)

    def __call__(self, vertex: int, rng: np.random.Generator) -> np.ndarray:
        picture = rng.integers(0, 256, (16, 16), dtype=np.uint8)
        picture[0, :2] = divmod(vertex, 256)
        return picture


@pytest.fixture(scope="module")
def surface() -> Surface:
    return two_spheres(2)


def made(surface: Surface, distances=None, **changes) -> CortexBatches:
    arguments = {
        "settings": SETTINGS, "surface": surface, "source": Coded(len(surface.vertices_um)),
        "distances": distances or SameVertex(), "augmentation": STILL, "size": 16,
        "steps": range(40), "seed": 7,
    }  # fmt: skip
    return CortexBatches(**{**arguments, **changes})


def vertices_in(images: torch.Tensor) -> np.ndarray:
    code = np.rint(images[:, 0, 0, :2].numpy() * 255).astype(int)
    return code[:, 0] * 256 + code[:, 1]


def test_a_batch_holds_views_of_vertices_and_the_distances_between_them(surface):
    geodesics = Geodesics(surface, method="graph")
    images, distances = made(surface, geodesics.between)[3]
    assert images.shape == (12, 1, 16, 16)
    assert images.dtype == torch.float32
    assert distances.shape == (12, 12)
    vertex = vertices_in(images)
    assert (vertex[::2] == vertex[1::2]).all()
    assert not torch.equal(images[0], images[1])
    for i in range(12):
        row = geodesics.rows(vertex[i : i + 1])[0]
        assert distances[i].tolist() == row[vertex].tolist()
    assert torch.isfinite(distances).all()


def test_every_step_keeps_to_one_hemisphere_and_both_are_drawn(surface):
    batches = made(surface)
    sides = [set(surface.hemisphere[batches.vertices(step)].tolist()) for step in range(40)]
    assert all(len(side) == 1 for side in sides)
    assert {0, 1} == set.union(*sides)


def test_vertices_are_drawn_in_proportion_to_their_area():
    squeezed = replace(SPHERE, vertices_um=SPHERE.vertices_um * [1.0, 1.0, 0.3])
    batches = made(squeezed, settings=CortexBatchSettings(vertices=500), steps=range(40))
    drawn = np.concatenate([batches.vertices(step) for step in range(40)])
    counts = np.bincount(drawn, minlength=len(squeezed.vertices_um))
    expected = squeezed.areas_um2() / squeezed.areas_um2().sum() * len(drawn)
    statistic = ((counts - expected) ** 2 / expected).sum() / (len(counts) - 1)
    even = ((counts - counts.mean()) ** 2 / counts.mean()).sum() / (len(counts) - 1)
    assert 0.7 < statistic < 1.3
    assert even > 3


def test_a_hemisphere_with_less_area_to_draw_is_drawn_less_often(surface):
    mask = surface.side("right").copy()
    mask[np.flatnonzero(surface.side("left"))[:54]] = True
    batches = made(surface, mask=mask, steps=range(300))
    left = np.mean([surface.hemisphere[batches.vertices(step)[0]] == 0 for step in range(300)])
    areas = surface.areas_um2()
    share = areas[mask & surface.side("left")].sum() / areas[mask].sum()
    assert share < 0.3
    assert left == pytest.approx(share, abs=0.07)


def test_only_cortex_and_the_mask_are_drawn(surface):
    cortex = surface.vertices_um[:, 1] > 0
    mask = surface.side("left")
    batches = made(replace(surface, cortex=cortex), mask=mask)
    drawn = np.concatenate([batches.vertices(step) for step in range(40)])
    assert (cortex & mask)[drawn].all()
    assert len(np.unique(drawn)) > 40


def test_the_same_seed_and_step_give_the_same_batch(surface):
    first, again = made(surface)[5], made(surface, steps=range(5, 40))[0]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    for other in (made(surface)[6], made(surface, seed=8)[5]):
        assert not torch.equal(first[0], other[0])


def test_ranks_together_give_the_batch_of_one_process(surface):
    between = Geodesics(surface, method="graph").between
    whole = made(surface, between)[9]
    halves = [
        made(surface, between, settings=CortexBatchSettings(3, 2), rank=rank, world=2)[9]
        for rank in (0, 1)
    ]
    assert halves[0][1].shape == (6, 12)
    for k in (0, 1):
        assert torch.equal(torch.cat([half[k] for half in halves]), whole[k])


def test_same_vertex_and_same_area_are_0_or_infinity():
    labels = np.array([0, 0, 5, 5, 9], np.int32)
    vertices = np.array([0, 0, 1, 2, 3, 4])
    views, areas = SameVertex()(vertices, vertices), SameArea(labels)(vertices, vertices)
    assert views.dtype == areas.dtype == np.float32
    for i, first in enumerate(vertices):
        for j, second in enumerate(vertices):
            alike = first == second or (labels[first] == labels[second] and labels[first] > 0)
            assert views[i, j] == (0 if first == second else np.inf)
            assert areas[i, j] == (0 if alike else np.inf)


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


def profile() -> np.ndarray:
    stain = 0.25 + 0.05 * np.sin(np.linspace(0, 5, 50))
    return np.concatenate([[0.1, 0.1, 0.25, 0.1, 0.2, 0.25, 0.5], stain])[None].astype(np.float32)


QUIET = ProfileAugmentation(0, 0, 0, 0, 0, 0, 0)


def test_without_change_a_profile_stays():
    view = QUIET(profile(), 48, np.random.default_rng(0))
    np.testing.assert_allclose(view, profile(), atol=1e-6)
    assert view.dtype == np.float32


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("layers", slice(0, 6)), ("thickness", slice(6, 7)), ("gain", slice(7, 57)),
        ("offset", slice(7, 57)), ("depth", slice(7, 57)), ("noise", slice(7, 57)),
    ],
)  # fmt: skip
def test_each_setting_changes_its_own_numbers_without_bias(setting, changed):
    augmentation = replace(QUIET, **{setting: 0.02})
    rng = np.random.default_rng(1)
    views = np.stack([augmentation(profile(), 1, rng)[0] for _ in range(600)]) - profile()
    assert (views[:, changed].std(0) > 1e-5).mean() > 0.9
    others = np.delete(views, np.arange(57)[changed], axis=1)
    assert np.abs(others).max() < 1e-6
    ends = [7, 8, 9, 54, 55, 56]  # beyond them the profile goes on evenly
    mean, spread = np.delete([views.mean(0), views.std(0) / 600**0.5], ends, axis=1)
    assert (np.abs(mean) < 5 * spread + 4e-4).all()


def test_shares_add_up_and_lost_numbers_take_the_mean():
    rng = np.random.default_rng(2)
    view = replace(QUIET, layers=0.5)(profile(), 1, rng)[0]
    assert view[:6].sum() == pytest.approx(1.0, abs=1e-5)
    lost = replace(QUIET, dropout=1.0)(profile(), 1, rng)[0]
    np.testing.assert_allclose(lost[:6], 1 / 6, rtol=1e-5)
    np.testing.assert_allclose(lost[7:], profile()[0, 7:].mean(), rtol=1e-5)
    half = replace(QUIET, dropout=0.5)
    kept = np.mean([half(profile(), 1, rng)[0, 7:] == profile()[0, 7:] for _ in range(200)])
    assert kept == pytest.approx(0.5, abs=0.03)


def test_the_gain_of_a_profile_is_one_factor_and_the_depth_moves_it():
    rng = np.random.default_rng(4)
    gain = replace(QUIET, gain=0.2)(profile(), 1, rng)[0, 7:] / profile()[0, 7:]
    assert np.ptp(gain) < 1e-5
    assert gain[0] != pytest.approx(1.0, abs=1e-3)
    moved = replace(QUIET, depth=0.05)(profile(), 1, rng)[0, 7:]
    turning, before = moved.argmax(), profile()[0, 7:].argmax()
    assert 0 < abs(turning - before) < 12
    assert moved.max() == pytest.approx(profile()[0, 7:].max(), abs=1e-3)


def test_batches_of_several_brains_come_in_turn(surface):
    first, second = made(surface, steps=range(3, 9)), made(surface, seed=8, steps=range(3, 9))
    both = InTurn([first, second])
    assert len(both) == 6
    for index, step in enumerate(range(3, 9)):
        expected = (first, second)[step % 2][index]
        assert all(torch.equal(a, b) for a, b in zip(both[index], expected, strict=True))
    with pytest.raises(IndexError):
        both[6]


def test_a_picture_with_planes_becomes_channels_and_they_change_alike(surface):
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    picture[..., 2] = picture[..., 0]
    view = replace(PatchAugmentation(), noise=0.0)(picture, 16, np.random.default_rng(1))
    assert view.shape == (16, 16, 3)
    np.testing.assert_array_equal(view[..., 0], view[..., 2])
    assert np.abs(view[..., 0] - view[..., 1]).max() > 0.1
    planes = channels_first(view)
    assert planes.shape == (3, 16, 16)
    np.testing.assert_array_equal(planes[1], view[..., 1])
    assert channels_first(view[..., 0]).shape == (1, 16, 16)


def test_sections_lend_their_pictures_to_the_nearest_vertex(tmp_path):
    image = np.zeros((80, 80), np.uint8)
    image[:40], image[40:] = 50, 200
    image[::5] += 3
    tifffile.imwrite(tmp_path / "s.tif", image)
    lines = ["file,row,column,x_um,y_um,z_um"]
    for row, vertex in ((15, 8), (60, 8), (20, 31)):
        point = SPHERE.vertices_um[vertex] * 1.01
        lines.append(f"s.tif,{row},40,{point[0]},{point[1]},{point[2]}")
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    source = SectionPatches(read_registered_sections(tmp_path / "t.csv", 1.0), SPHERE, 16, 1.0)
    assert np.flatnonzero(source.usable).tolist() == [8, 31]
    rng = np.random.default_rng(0)
    levels = {int(np.median(source(8, rng))) for _ in range(20)}
    assert levels == {50, 200}
    assert {int(np.median(source(31, rng))) for _ in range(5)} == {50}
    with pytest.raises(BrainseekError, match="nearest to vertex 9"):
        source(9, rng)


def test_no_change_leaves_the_picture_and_a_mirror_swaps_its_columns():
    picture = np.random.default_rng(0).integers(0, 256, (24, 24), dtype=np.uint8)
    rng = np.random.default_rng(1)
    assert np.allclose(STILL(picture, 24, rng) * 255, picture, atol=1e-3)
    mirrored = replace(STILL, mirror=1.0)(picture, 24, rng) * 255
    assert np.allclose(mirrored, picture[:, ::-1], atol=1e-3)


def test_changes_keep_the_patch_upright_and_in_range():
    ramp = np.repeat(np.linspace(20, 220, 40).astype(np.uint8)[:, None], 40, axis=1)
    augmentation, rng = PatchAugmentation(), np.random.default_rng(2)
    views = np.stack([augmentation(ramp, 32, rng) for _ in range(50)])
    assert views.shape == (50, 32, 32)
    assert views.dtype == np.float32
    assert views.min() >= 0
    assert views.max() <= 1
    assert (views[:, 24:].mean((1, 2)) > views[:, :8].mean((1, 2)) + 0.2).all()
    assert views.mean((1, 2)).std() > 0.01


def test_what_does_not_belong_together_is_refused(surface):
    with pytest.raises(BrainseekError, match="belong to 5 vertices, but made has 324"):
        made(surface, source=Coded(5))
    with pytest.raises(BrainseekError, match="no vertex of made is"):
        made(surface, mask=np.zeros(len(surface.vertices_um), bool))
    with pytest.raises(BrainseekError, match="is empty"):
        CortexBatchSettings(vertices=0)


def test_real_t1_patches_lie_at_geodesic_distances():
    from brainseek.catalog.atlases.registry import load_atlas
    from brainseek.catalog.surfaces.registry import load_surface

    surface = load_surface("fsaverage5")
    volume = load_atlas("mni152").volume
    patches = CortexPatches(volume, surface, PatchFrame(32, 32, 1000.0, 4000.0))
    between = Geodesics(surface, method="graph").between
    batches = made(
        surface, between, source=VolumePatches(patches), augmentation=PatchAugmentation(), size=24
    )
    images, distances = batches[0]
    assert images.std() > 0.1
    vertex = np.repeat(batches.vertices(0), 2)
    straight = np.linalg.norm(
        surface.vertices_um[vertex][:, None] - surface.vertices_um[vertex], axis=2
    )
    assert (distances.numpy() >= straight - 1.0).all()
    assert distances.max() > 2e4
