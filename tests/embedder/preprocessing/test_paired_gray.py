"""Gray and tissue of the sections of a pair."""

import numpy as np

from brainseek.catalog.sections.section import section_from_array
from brainseek.embedder.preprocessing.paired_gray import paired_gray
from tests.catalog.pairs.made_pairs import disc, smooth_field


def test_bright_and_dark_fields_show_the_same_tissue():
    tissue = disc((600, 700), 0.35)
    field = (100 + 100 * smooth_field((600, 700), 8, 0)).astype(np.uint8)
    dark = np.where(tissue, field, 3).astype(np.uint8)
    for image in (dark, 250 - dark):
        gray, mask = paired_gray(section_from_array(image, 10.0))
        assert gray.dtype == np.uint8
        assert gray[tissue].mean() > 80 > 10 > gray[~tissue].mean()
        assert (mask & tissue).sum() / (mask | tissue).sum() > 0.93
    own = disc((600, 700), 0.2)
    _, mask = paired_gray(section_from_array(dark, 10.0, tissue_mask=own))
    np.testing.assert_array_equal(mask, own)
