"""The search for a start: its correlation against slow loops, and parts of plates."""

import cv2
import numpy as np
import pytest
import torch

from benchmarks.shared.damage import inverted_tissue
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.embedder.registry import load_encoder
from brainseek.registration.alignment.feature_map import FeatureMap
from brainseek.registration.alignment.initial_affine import (
    _between,
    _correlated,
    find_initial_affine,
)
from brainseek.registration.alignment.picture import picture


def random_map(rows: int, columns: int, seed: int) -> FeatureMap:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(3, rows, columns)).astype(np.float32)
    return FeatureMap(torch.from_numpy(vectors), np.ones((rows, columns), bool))


@pytest.mark.parametrize(("low", "reach"), [((0, 0), None), ((-2, 1), 1), ((4, 5), 2)])
def test_correlation_is_the_sum_of_products_at_each_shift(low, reach):
    section, target = random_map(4, 5, 1), random_map(7, 6, 2)
    scores, first = _correlated(section, target, low, reach)
    if reach is None:
        assert first == (-2, -2)
        assert scores.shape == (7 + 1, 6 + 1)
    else:
        assert first == (low[0] - reach, low[1] - reach)
        assert scores.shape == (2 * reach + 1, 2 * reach + 1)
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            total = 0.0
            for r in range(4):
                for c in range(5):
                    y, x = first[0] + i + r, first[1] + j + c
                    if 0 <= y < 7 and 0 <= x < 6:
                        total += float(section.vectors[:, r, c] @ target.vectors[:, y, x])
            assert scores[i, j] == pytest.approx(total, abs=1e-4)


def test_the_top_of_a_parabola_lies_between_pixels():
    rows, columns = np.mgrid[:7, :9].astype(np.float32)
    scores = -((rows - 3.3) ** 2) - 2 * (columns - 4.8) ** 2
    np.testing.assert_allclose(_between(scores, (3, 5)), [0.3, -0.2], atol=1e-4)
    assert _between(scores, (0, 5))[0] == 0


def part(image: np.ndarray, angle_deg: float, zoom: float, window: tuple[slice, slice]):
    """Turn and zoom an image, keep a window; and the map of its (row, column) to the image's."""
    height, width = (round(side * zoom) for side in image.shape)
    t = np.deg2rad(angle_deg)
    linear = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) / zoom
    middle = (np.array([height, width]) - 1) / 2
    shift = (np.array(image.shape) - 1) / 2 - linear @ middle
    xy = np.column_stack([linear, shift])[::-1][:, [1, 0, 2]]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    turned = cv2.warpAffine(image, xy, (width, height), flags=flags)
    corner = np.array([window[0].start, window[1].start])
    return turned[window], np.column_stack([linear, linear @ corner + shift])


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("angle", [12, 180])
def test_a_part_in_another_contrast_is_found(known, angle):
    atlas = load_atlas("mni152")
    image = atlas.plate_image(40)
    seen, truth = part(image, angle, 1.3, (slice(30, 190), slice(40, 200)))
    section = picture(inverted_tissue(np.ascontiguousarray(seen)), 256, None, "it")
    target = picture(atlas.plate_image(41), 256, None, "it")
    initial = find_initial_affine(
        section,
        target,
        load_encoder("plates-mni152", device="cpu"),
        pixel_ratio=1 / 1.3 if known else None,
        upside_down=angle == 180 if known else None,
    )
    tissue = np.argwhere(seen > 60)[::13]
    away = tissue @ (initial - truth)[:, :2].T + (initial - truth)[:, 2]
    assert np.linalg.norm(away, axis=1).mean() < 6.0
