"""Batches of cortical patches: what is drawn, what belongs to what, and equal over ranks."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.cortex.patches import CortexPatches, PatchFrame
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.surface import Surface
from brainseek.trainers.augmentations.patch import PatchAugmentation
from brainseek.trainers.cortex.batches import (
    CortexBatches,
    CortexBatchSettings,
    InTurn,
    channels_first,
)
from brainseek.trainers.cortex.distances import SameArea, SameVertex
from brainseek.trainers.cortex.sources import (
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
