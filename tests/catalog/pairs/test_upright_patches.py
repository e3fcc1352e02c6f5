"""Upright patches are cut as the first of a pair is."""

import numpy as np

from brainseek.catalog.pairs.patches import (
    PairFrame,
    cut_pair,
    cut_upright,
    tissue_centres,
    tissue_grid,
)
from tests.embedder.made_multimodal_encoder import made_pair

FRAME = PairFrame(32, 25.0)


def test_upright_patches_are_those_of_the_first_of_a_pair():
    pair = made_pair(0, atlas=None)
    for frame in (FRAME, PairFrame(16, 40.0), PairFrame(40, 12.5)):
        centres = tissue_centres(pair, frame, 500.0, 0.7)
        np.testing.assert_array_equal(
            cut_upright(pair.first, centres, frame), cut_pair(pair, centres, frame)[0]
        )
    grid = tissue_grid(pair.second, FRAME, 500.0, 0.7)
    mask = np.pad(pair.second.mask, 40)
    for row, column in np.rint(grid).astype(int) + 40:
        assert mask[row - 16 : row + 17, column - 16 : column + 17].mean() >= 0.7
    assert 10 < len(grid) < len(tissue_grid(pair.second, FRAME, 500.0, 0.0))
