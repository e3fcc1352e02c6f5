"""The contact sheet shows what it is given, and says so when pictures are missing."""

import io

import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.sections.section import section_from_array
from brainseek.registration.plates.identification import Candidate, Identification
from brainseek.ui.reports.answers import percent
from brainseek.ui.reports.contact_sheet import (
    HEADER,
    LABEL,
    MARGIN,
    TILE,
    SheetRow,
    contact_sheet,
    sheet_picture,
)
from brainseek.ui.reports.overlay import overlay
from brainseek.ui.reports.plate_pictures import PlatePictures


def answer(k: int = 3, confidence: float = 0.5) -> Identification:
    candidates = tuple(Candidate(40 + r, r, 0.9, confidence, 100.0 * r) for r in range(k))
    return Identification("slide.png", 0.1, candidates)


class MadePictures(PlatePictures):
    """Every plate is a gradient, or missing."""

    def __init__(self, there: bool) -> None:
        super().__init__("mouse-nissl")
        self.there = there

    def picture(self, plate: int) -> np.ndarray | None:
        if not self.there:
            self.missing = "The pictures are not here; run `brainseek data get NAME`."
            return None
        return np.tile(np.arange(200, dtype=np.uint8), (100, 1))


def drawn(rows: list[SheetRow], there: bool = True) -> np.ndarray:
    png = contact_sheet(rows, MadePictures(there), "made@0")
    return np.asarray(Image.open(io.BytesIO(png)))


def test_the_section_and_a_plate_stand_in_their_tiles() -> None:
    red = np.zeros((80, 80, 3), np.uint8)
    red[..., 0] = 200
    sheet = drawn([SheetRow(answer(), red)])
    top = HEADER + LABEL
    tile = sheet[top : top + TILE, MARGIN : MARGIN + TILE]
    assert np.abs(tile.astype(int) - [200, 0, 0]).max() <= 2
    middle = sheet[top + TILE // 2, MARGIN + TILE + 40 : MARGIN + 2 * TILE, 0].astype(int)
    assert (np.diff(middle) >= 0).all()
    assert middle[-1] - middle[0] > 150


def test_missing_pictures_make_the_sheet_say_how_to_get_them() -> None:
    row = SheetRow(answer(), np.full((80, 80), 90, np.uint8))
    with_pictures, without = drawn([row]), drawn([row], there=False)
    assert without.shape[0] > with_pictures.shape[0]
    assert (without[with_pictures.shape[0] - 20 :] < 200).any()


def test_the_bar_is_as_long_as_the_confidence() -> None:
    lengths = []
    for confidence in (0.25, 0.75):
        sheet = drawn([SheetRow(answer(1, confidence), np.full((80, 80), 90, np.uint8))])
        blue = (sheet[HEADER + LABEL + TILE + 8 :] == (0x1F, 0x6F, 0xEB)).all(axis=2)
        columns = np.flatnonzero(blue.any(axis=0))
        lengths.append(columns.max() - columns.min() + 1)
    assert lengths == pytest.approx([0.25 * TILE, 0.75 * TILE], abs=3)


def test_an_unread_file_has_its_own_row() -> None:
    unread = Identification("bad.png", 0.0, (), error="bad.png is empty; give an image.")
    sheet = drawn([SheetRow(unread, None)])
    red_ink = (sheet == (0xB4, 0x23, 0x18)).all(axis=2)
    assert red_ink.any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_sections_are_shrunk_to_8_bit(dtype: type) -> None:
    ramp = np.linspace(0, 250, 900 * 600).reshape(600, 900).astype(dtype)
    picture = sheet_picture(section_from_array(ramp), side=90)
    assert picture.dtype == np.uint8
    assert picture.shape == (60, 90)
    assert (np.diff(picture.mean(axis=1)) > 0).all()


def test_overlay_puts_box_on_box() -> None:
    section = np.zeros((50, 50), np.uint8)
    section[10:20, 5:45] = 200
    plate = np.zeros((100, 120), np.uint8)
    plate[40:80, 20:100] = 80
    boxes = (10, 20, 5, 45), (40, 80, 20, 100)
    full = overlay(section, boxes[0], plate, boxes[1], 1.0)
    np.testing.assert_array_equal(full[44:76, 24:96], 200)
    assert full[:36].max() == 0
    half = overlay(section, boxes[0], plate, boxes[1], 0.5)
    assert np.abs(half[44:76, 24:96].astype(int) - 140).max() <= 1
    none = overlay(section, boxes[0], plate, boxes[1], 0.0)
    np.testing.assert_array_equal(none[..., 1], plate)


def test_percent_never_rounds_to_certainty() -> None:
    shown = [percent(p) for p in (0.0, 0.001, 0.456, 0.999, 1.0)]
    assert shown == ["0 %", "<1 %", "46 %", ">99 %", "100 %"]
