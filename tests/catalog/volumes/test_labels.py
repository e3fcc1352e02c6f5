"""Labels of volumes as small numbers."""

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.labels import compact_labels


def test_compact_labels_against_unique():
    labels = np.random.default_rng(0).integers(0, 5, (4, 6, 7)) * 500_000_001
    indices, ids = compact_labels(labels)
    np.testing.assert_array_equal(ids[indices], labels)
    assert (indices.dtype, ids[0]) == (np.uint16, 0)
    with pytest.raises(BrainseekError, match="labels from -1 to"):
        compact_labels(labels - 1)
