"""Grids and tissue shares, re-derived by slow loops."""

import cv2
import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.grid import grid_origins, tissue_share
from brainseek.index.ingest.planning.plan import tissue_of
from tests.index.ingest.made_files import tissue_picture


@pytest.mark.parametrize("shape", [(100, 130), (64, 64), (63, 200), (257, 91)])
@pytest.mark.parametrize("window", [(64, 64), (30, 50)])
@pytest.mark.parametrize("stride", [(64, 64), (17, 23), (1, 70)])
def test_the_grid_is_all_windows_that_fit_centred(shape, window, stride):
    found = [tuple(pair) for pair in grid_origins(shape, window, stride).tolist()]
    axes = []
    for length, side, step in zip(shape, window, stride, strict=True):
        n = 0
        while n * step + side <= length:
            n += 1
        left_over = length - ((n - 1) * step + side)
        axes.append([left_over // 2 + number * step for number in range(n)])
    assert found == [(row, column) for row in axes[0] for column in axes[1]]
    for row, column in found:
        assert 0 <= row <= shape[0] - window[0]
        assert 0 <= column <= shape[1] - window[1]


def test_a_window_larger_than_the_plane_has_no_place():
    assert grid_origins((50, 500), (51, 20), (1, 1)).shape == (0, 2)


@pytest.mark.parametrize("small", [(60, 90), (20, 30), (7, 11)])
def test_the_share_of_tissue_is_the_covered_area(small):
    rng = np.random.default_rng(0)
    shape, window = (60, 90), (13, 17)
    mask = rng.random(small) < 0.4
    origins = grid_origins(shape, window, (7, 9))
    found = tissue_share(mask, shape, origins, window)
    for (row, column), share in zip(origins.tolist(), found, strict=True):
        area = 0.0
        for i in range(small[0]):
            for j in range(small[1]):
                top, bottom = i * shape[0] / small[0], (i + 1) * shape[0] / small[0]
                left, right = j * shape[1] / small[1], (j + 1) * shape[1] / small[1]
                down = min(bottom, row + window[0]) - max(top, row)
                across = min(right, column + window[1]) - max(left, column)
                area += mask[i, j] * max(down, 0) * max(across, 0)
        assert share == pytest.approx(area / (window[0] * window[1]), abs=1e-9)


def test_tissue_is_found_in_dark_and_bright_field():
    dark = tissue_picture()
    colour = cv2.cvtColor(255 - dark, cv2.COLOR_GRAY2RGB)
    for picture in (dark, dark.astype(np.uint16) * 200, dark.astype(np.float32), colour):
        mask = tissue_of(picture)
        assert mask.shape == dark.shape
        assert mask[:, :150].mean() > 0.95 or picture is colour
    framed = np.zeros((300, 400), np.uint8)
    framed[50:250, 100:300] = tissue_picture(200, 400)[:, :200]
    for picture in (framed, 255 - framed):
        mask = tissue_of(picture)
        assert mask[60:240, 110:290].mean() > 0.95
        assert mask[:30].mean() < 0.05
    assert not tissue_of(np.full((40, 40), 7, np.uint8)).any()
    with pytest.raises(BrainseekError, match="NaN"):
        tissue_of(np.full((40, 40), np.nan))


def test_windows_in_um_follow_the_pixel_size():
    options = EmbedOptions(patch_um=100, stride_um=25)
    assert options.window_px((2.0, 4.0), "a") == (50, 25)
    assert options.stride((50, 25), (2.0, 4.0), "a") == (12, 6)
    assert EmbedOptions(patch_px=40).stride((40, 40), None, "a") == (40, 40)
    assert EmbedOptions().window_px((10.0, 10.0), "a") == (50, 50)
    with pytest.raises(BrainseekError, match=r"a\.png does not state its pixel size"):
        EmbedOptions().window_px(None, "a.png")
    with pytest.raises(BrainseekError, match="--stride-px"):
        EmbedOptions(patch_px=40, stride_um=3).stride((40, 40), None, "a.png")
    with pytest.raises(BrainseekError, match=r"only 10 x 10 pixels of a\.png"):
        EmbedOptions(patch_um=500).window_px((50.0, 50.0), "a.png")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"patch_um": 5, "patch_px": 50}, "give its size once"),
        ({"stride_um": 5, "stride_px": 50}, "give it once"),
        ({"whole": True, "patch_px": 50}, "leave out --whole"),
        ({"patch_px": 15}, "at least 16"),
        ({"patch_um": -1}, "patch -1 µm"),
        ({"stride_um": 0}, "stride 0 µm"),
        ({"pixel_size_um": float("nan")}, "pixel size nan µm"),
        ({"every": 0}, "every 0"),
        ({"commit_rows": 0}, "commit rows 0"),
        ({"limit": -3}, "limit -3"),
        ({"min_tissue": 1.5}, "tissue share of 1.5"),
        ({"axis": 3}, "axis 3"),
    ],
)
def test_impossible_options_get_one_sentence(options, sentence):
    with pytest.raises(BrainseekError, match=sentence) as caught:
        EmbedOptions(**options)
    assert str(caught.value).endswith(".")
