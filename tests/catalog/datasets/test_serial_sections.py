"""The list of the serial sections."""

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.serial_sections import serial_sections


def test_the_data_set(shared_data):
    listed = serial_sections()
    numbers, ranks = [one.number for one in listed], [one.rank for one in listed]
    assert len(numbers) == 330
    assert numbers == sorted(numbers)
    assert ranks == list(range(0, 660, 2))
    assert [one.pixel_um for one in listed] == pytest.approx([58.88] * 330)
    assert all(one.path.is_file() for one in listed)


def test_a_damaged_table_is_said(cache_dir):
    folder = cache_dir / "data" / "mouse-serial-nissl"
    folder.mkdir(parents=True)
    (folder / "sections.csv").write_text("file,section_number\na.jpg,1\n")
    with pytest.raises(BrainseekError, match="can't be read"):
        serial_sections()
