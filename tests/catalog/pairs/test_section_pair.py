"""Pairs of sections: maps, patches and held-out blocks, re-derived by loops and symmetries."""

import dataclasses
import math

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.patches import PairFrame, all_centres, cut_pair, tissue_centres
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair, holdout
from brainseek.catalog.pairs.transforms import (
    AffineAtlas,
    AffinePixels,
    GridPixels,
    grid_of,
    jacobian,
    plane_map,
)
from brainseek.catalog.volumes.volume import Plane
from tests.catalog.pairs.made_pairs import made_pair, smooth_field, turn

SHEAR = np.array([[1.1, 0.3, -4.0], [-0.2, 0.9, 7.5], [0, 0, 1]])


def picture(side: int = 96, pixel_um: float = 10.0, modality: str = "nissl", seed: int = 0):
    gray = (255 * smooth_field((side, side), 3.0, seed)).astype(np.uint8)
    return PairedImage(gray, pixel_um, modality, np.ones(gray.shape, bool))


def pair_of(first, second, matrix=None) -> SectionPair:
    return SectionPair("p", 0, first, second, AffinePixels(np.eye(3) if matrix is None else matrix))


def test_affine_maps_point_by_point():
    points = np.random.default_rng(0).uniform(-5, 50, (20, 2))
    for point, mapped in zip(points, AffinePixels(SHEAR)(points), strict=True):
        np.testing.assert_allclose(mapped, (SHEAR @ [*point, 1])[:2])


def test_a_grid_of_an_affine_map_is_that_map_inside_and_beyond():
    points = np.random.default_rng(1).uniform(-30, 150, (200, 2))
    affine = AffinePixels(SHEAR)
    grid = grid_of(affine, (90, 70), 8.0)
    np.testing.assert_allclose(grid(points), affine(points), atol=1e-3)
    three = grid_of(plane_map(Plane((1, 2, 3), (0, 0, 700), (0, 900, 0)), (90, 70)), (90, 70), 8.0)
    assert three(points).shape == (200, 3)


def test_a_grid_is_bilinear_between_its_nodes():
    rng = np.random.default_rng(2)
    grid = rng.normal(size=(4, 5, 2)).astype(np.float32)
    points = rng.uniform(0, 1, (50, 2)) * (3 * 6.0, 4 * 6.0)
    for (row, column), found in zip(points / 6.0, GridPixels(grid, 6.0)(points), strict=True):
        i, j = int(row), int(column)
        a, b = row - i, column - j
        expected = (1 - a) * ((1 - b) * grid[i, j] + b * grid[i, j + 1])
        expected = expected + a * ((1 - b) * grid[i + 1, j] + b * grid[i + 1, j + 1])
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_jacobian_of_an_affine_map_is_its_matrix():
    found = jacobian(AffinePixels(SHEAR), np.array([[3.0, 4.0], [50.0, -2.0]]))
    np.testing.assert_allclose(found, [SHEAR[:2, :2]] * 2, atol=1e-9)


def test_a_plane_puts_pixel_centres_where_the_plane_says():
    plane = Plane((100, 200, 300), (5, -3, 800), (40, 600, 1))
    found = plane_map(plane, (60, 80))(np.array([[0, 0], [12, 33], [59, 79]]))
    for (row, column), place in zip([(0, 0), (12, 33), (59, 79)], found, strict=True):
        np.testing.assert_allclose(place, plane.point((column + 0.5) / 80, (row + 0.5) / 60))


@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_patches_are_sampled_where_the_geometry_says(scale):
    """Slow loop: every pixel of some patches by bilinear interpolation."""
    first, second = picture(pixel_um=10.0), picture(pixel_um=8.0, modality="af", seed=5)
    matrix = turn(30, 10 / 8, (20.0, -35.0))
    pair, frame = pair_of(first, second, matrix), PairFrame(9, 6.0)  # finer: nothing is blurred
    centres, angle, own = np.array([[45.0, 50.5]]), 25.0, 40.0
    cuts = cut_pair(pair, centres, frame, np.array([angle]), np.array([own]), np.array([scale]))
    middles = (centres[0], (matrix @ [*centres[0], 1])[:2])
    for cut, image, middle, turned in zip(
        cuts, (first, second), middles, (angle, 30 + own), strict=True
    ):
        c, s = math.cos(math.radians(turned)), math.sin(math.radians(turned))
        for i in range(9):
            for j in range(9):
                dr, dc = ((k - 4) * 6.0 * scale / image.pixel_um for k in (i, j))
                row, column = middle[0] + c * dr - s * dc, middle[1] + s * dr + c * dc
                r, k = int(row), int(column)
                a, b = row - r, column - k
                block = image.image[r : r + 2, k : k + 2].astype(float)
                value = [1 - a, a] @ block @ [1 - b, b]
                assert cut[0, i, j] == pytest.approx(value, abs=4)


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_equal_turns_show_equal_tissue_even_mirrored(flip):
    """The same picture under a turn (and mirror) of its pixels gives the same patches."""
    first = picture(side=97)
    quarter = np.array([[0, -flip, 48 + flip * 48], [1, 0, 0], [0, 0, 1.0]])
    rows, columns = np.mgrid[:97, :97]
    there = (quarter[:2, :2] @ [rows.ravel(), columns.ravel()] + quarter[:2, 2:]).astype(int)
    turned = np.empty_like(first.image)
    turned[there[0], there[1]] = first.image.ravel()
    second = PairedImage(turned, 10.0, "af", first.mask)
    centres = np.array([[40.0, 45.0], [60.0, 50.0]])
    angles = np.array([15.0, -110.0])
    a, b = cut_pair(pair_of(first, second, quarter), centres, PairFrame(32, 10.0), angles, angles)
    assert np.abs(a.astype(int) - b).max() <= 6
    assert a.std() > 20


def test_shrinking_averages_instead_of_skipping():
    board = ((np.indices((200, 200)).sum(0) % 2) * 255).astype(np.uint8)
    image = PairedImage(board, 1.0, "nissl", np.ones(board.shape, bool))
    pair = pair_of(image, dataclasses.replace(image, modality="af"))
    first, _ = cut_pair(pair, np.array([[100.0, 100.0]]), PairFrame(16, 4.0))
    assert np.abs(first.astype(int) - 127).max() < 6
    assert image.smooth(4.0) is image.smooth(4.0)
    assert image.smooth(0.5) is image.image


def test_tissue_centres_are_tissue_in_both_images_by_slow_counting():
    pair = made_pair(3)
    rng = np.random.default_rng(7)
    second = dataclasses.replace(
        pair.second, mask=pair.second.mask & (rng.random((160, 160)) < 0.9)
    )
    pair, frame = dataclasses.replace(pair, second=second), PairFrame(17, 25.0)
    found = tissue_centres(pair, frame, 250.0, 0.7)
    steps = np.unique(np.diff(np.unique(found[:, 0])))
    np.testing.assert_allclose(steps, 10.0)
    kept = {tuple(centre) for centre in found}
    first_row = found[:, 0].min() % 10
    for row in np.arange(first_row, 160, 10):
        for column in np.arange(found[:, 1].min() % 10, 160, 10):
            there = pair.transform(np.array([[row, column]]))[0]
            shares = []
            for mask, place in ((pair.first.mask, (row, column)), (second.mask, there)):
                r, c = (round(float(x)) for x in place)
                inside = [
                    mask[i, j]
                    for i in range(r - 8, r + 9)
                    for j in range(c - 8, c + 9)
                    if 0 <= i < 160 and 0 <= j < 160
                ]
                shares.append(sum(inside) / 17**2)
            assert ((row, column) in kept) == (min(shares) >= 0.7 - 1e-6)


def test_jittered_centres_stay_in_their_cells_and_differ():
    pair, frame = made_pair(3), PairFrame(16, 25.0)
    even = tissue_centres(pair, frame, 250.0)
    moved = tissue_centres(pair, frame, 250.0, rng=np.random.default_rng(0))
    phase = even[0] % 10
    off = (moved - phase) / 10
    assert np.abs(off - np.rint(off)).max() <= 0.5
    assert len(np.unique(np.rint(off), axis=0)) == len(moved)
    assert np.std(off - np.rint(off)) > 0.2


def test_places_without_an_atlas_are_the_section_s_own():
    pair = pair_of(picture(), picture(modality="af"))
    assert pair.places_um(np.array([[3.0, 4.0]])).tolist() == [[0, 30, 40]]
    assert made_pair(2).places_um(np.array([[3.0, 4.0]])).tolist() == [[2000, 75, 100]]


@pytest.mark.parametrize(("every", "block", "gap"), [(5, 6, 2), (5, 2, 0), (6, 3, 3)])
def test_held_out_blocks_by_the_definition(every, block, gap):
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(0, 400, 4), 2))
    parts = holdout(groups, every, block, gap)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(200))
    role = {int(g): name for name, rows in parts.items() for g in groups[rows]}
    for name, rows in parts.items():
        assert {role[int(g)] for g in groups[rows]} <= {name}
    ranks = {group: rank for rank, group in enumerate(sorted(role))}
    held = [rank for group, rank in ranks.items() if role[group] in ("test", "validation")]
    for group, rank in ranks.items():
        number = rank // block % every
        if number in (2, 4):
            assert role[group] == ("test" if number == 2 else "validation")
        else:
            near = min(abs(rank - other) for other in held) <= gap
            assert role[group] == ("unused" if near else "train")


def two(pixel_um: float = 10.0, modality: str = "af"):
    return picture(), picture(pixel_um=pixel_um, modality=modality)


FLAT = np.zeros((4, 4, 2), np.float32)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pair_of(*two(41.0)), "10.0 and 41.0 µm, more than 4 times apart"),
        (lambda: pair_of(*two(modality="nissl")), "both images of the pair 'p' are nissl"),
        (lambda: AffinePixels(np.array([[1, 2, 0], [2, 4, 0], [0, 0, 1.0]])), "is singular"),
        (lambda: AffinePixels(np.eye(2)), "no 3 x 3 matrix"),
        (lambda: AffinePixels(np.array([[1, 0, 0], [0, 1, 0], [0.1, 0, 1]])), "the last row"),
        (lambda: GridPixels(FLAT, 2.0), "singular"),
        (lambda: GridPixels(FLAT[:1], 2.0), "no map of pixels"),
        (lambda: GridPixels(FLAT + np.nan, 2.0), "not finite"),
        (lambda: AffineAtlas(np.zeros((3, 3))), "spans no plane"),
        (lambda: picture(modality=""), "no modality"),
        (lambda: picture(pixel_um=-1.0), "positive number"),
        (lambda: PairFrame(4), "too small"),
        (lambda: holdout(np.arange(9), every=4), "every of 5 or more"),
        (
            lambda: dataclasses.replace(pair_of(*two()), atlas="made"),
            "an atlas without a map",
        ),
        (
            lambda: cut_pair(pair_of(*two()), np.array([[96.0, 5.0]]), PairFrame(16, 10.0)),
            "the patch at row 96, column 5 of the nissl image .* lies outside its 96 x 96",
        ),
        (
            lambda: cut_pair(
                pair_of(*two(), matrix=turn(0, 1, (60, 0))), np.array([[50.0, 5]]), PairFrame(16)
            ),
            "row 110, column 5 of the af image",
        ),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(BrainseekError, match=message):
        make()


def test_pixels_four_times_apart_are_still_a_pair():
    assert pair_of(*two(40.0)).modalities == ("nissl", "af")


def test_centres_of_several_pairs_say_which_pair_they_are_of():
    pairs, frame = [made_pair(seed) for seed in (1, 2)], PairFrame(16, 25.0)
    numbers, centres = all_centres(pairs, frame, 300.0, 0.5)
    for k, pair in enumerate(pairs):
        np.testing.assert_array_equal(
            centres[numbers == k], tissue_centres(pair, frame, 300.0, 0.5)
        )
    assert set(numbers) == {0, 1}
    assert all_centres([], frame, 300.0, 0.5)[1].shape == (0, 2)
