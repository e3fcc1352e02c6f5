import numpy as np
import pytest

from benchmarks.shared.mouse_sections import calb1_ish, ccf_cuts, serial_nissl, validation_sections
from brainseek.catalog.core.errors import BrainseekError


def test_validation_sections(shared_data):
    data = validation_sections()
    assert [(data.splits == split).sum() for split in ("val_1", "val_2")] == [12, 9]
    stems = [int(path.stem.split("_")[0]) for path in data.paths]
    assert stems == data.plates.tolist()
    assert all("train" not in path.parts for path in data.paths)


def test_serial_sections_come_in_order(shared_data):
    data = serial_nissl(30)
    assert len(data.sections) == 11
    assert (np.diff(data.place) == 60).all()
    with pytest.raises(BrainseekError, match="1 or more"):
        serial_nissl(0)


def test_expression_images_lie_where_their_anchoring_says(shared_data):
    data = calb1_ish(31)
    assert len(data.sections) == 4  # of 94
    assert data.place == pytest.approx([13_392.8, 6834.2, 11_106.1, 1508.9])


def test_cuts_lie_where_they_are_said_to(shared_data):
    straight = ccf_cuts(8, 0.0)
    from brainseek.catalog.atlases.registry import load_atlas

    volume = load_atlas("mouse-nissl").volume
    assert volume is not None
    cut = volume.cut(float(straight.place[3]), pixel_size_um=25.0)
    assert np.array_equal(straight.sections[3].image, cut)
    tilted = ccf_cuts(8, 5.0)
    assert np.array_equal(straight.place, tilted.place)
    assert not np.array_equal(straight.sections[3].image, tilted.sections[3].image)
