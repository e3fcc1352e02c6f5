"""A user's table of pairs, read from made files."""

import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.pairs.table import COLUMNS, read_pairs
from brainseek.catalog.volumes.quicknii import COMPONENTS, cut_labels
from tests.catalog.pairs.made_pairs import smooth_field

HEADER = ",".join(COLUMNS)
GOOD = "a.png,b.png,nissl,myelin,10,12,1.5 0.25 3 -0.5 1 40"


def look(section):
    gray = np.asarray(section.image, np.uint8)
    return gray, gray > 60


@pytest.fixture
def folder(tmp_path):
    for name, shape in (("a.png", (80, 100)), ("b.png", (120, 90))):
        pixels = 255 * smooth_field(shape, 6.0, len(name) + shape[0])
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / name)
    np.save(tmp_path / "shift.npy", np.array([[1, 0, 5], [0, 1, -2], [0, 0, 1.0]]))
    np.save(tmp_path / "flat.npy", np.array([[1, 0, 5], [1, 0, -2], [0, 0, 1.0]]))
    nodes = np.stack(np.meshgrid(np.arange(0, 81, 20), np.arange(0, 101, 20), indexing="ij"), -1)
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04 the rest is missing")
    np.savez(tmp_path / "grid.npz", grid=(nodes * 1.1 + 3).astype(np.float32), step_px=20.0)
    return tmp_path


def table(folder, *lines, header=HEADER):
    path = folder / "pairs.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_every_way_to_write_a_transform(folder):
    rest = "a.png,b.png,nissl,myelin,10,12"
    path = table(folder, GOOD, f"{rest},shift.npy", f"{rest},grid.npz", f'{rest},"1,0,5,0,1,-2"')
    pairs = read_pairs(path, look)
    point = np.array([[30.0, 50.0]])
    found = [pair.transform(point)[0].tolist() for pair in pairs]
    expected = [[45 + 12.5 + 3, -15 + 50 + 40], [35, 48], [36, 58], [35, 48]]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert [pair.group for pair in pairs] == [0, 1, 2, 3]
    first = pairs[0]
    assert first.modalities == ("nissl", "myelin")
    assert (first.first.pixel_um, first.second.pixel_um) == (10, 12)
    np.testing.assert_array_equal(first.first.image, np.asarray(Image.open(folder / "a.png")))
    np.testing.assert_array_equal(first.first.mask, first.first.image > 60)


@pytest.mark.parametrize("transform", ["1.5 0.25 3 -0.5 1 40", "grid.npz"])
def test_finer_images_shrink_with_their_transform(folder, transform):
    """A place in µm from the corner keeps its partner."""
    path = table(folder, f"a.png,b.png,nissl,myelin,10,12,{transform}")
    (full,), (small,) = read_pairs(path, look), read_pairs(path, look, finest_um=20.0)
    assert (small.first.image.shape, small.first.pixel_um) == ((40, 50), 20.0)
    assert (small.second.image.shape, small.second.pixel_um) == ((72, 54), 20.0)
    corner_um = np.random.default_rng(0).uniform(150, 700, (40, 2))
    partners = [
        (pair.transform(corner_um / pair.first.pixel_um - 0.5) + 0.5) * pair.second.pixel_um
        for pair in (full, small)
    ]
    np.testing.assert_allclose(partners[0], partners[1], atol=0.05)


def test_an_anchoring_puts_pixels_into_the_ccf(folder):
    """The independent reader samples QuickNII's voxels; a ramp volume tells where."""
    anchoring = np.array([400.5, 300.2, 310.0, -350.0, 4.0, 2.0, 3.0, -6.0, -290.0])
    header = HEADER + "," + ",".join(COMPONENTS)
    (pair,) = read_pairs(
        table(folder, GOOD + "," + ",".join(map(str, anchoring)), header=header), look
    )
    assert pair.atlas == "mouse-ccf"
    pixels = np.array([[10, 20], [70, 90], [40, 3]])
    for (row, column), (ap, dv, ml) in zip(pixels, pair.to_atlas(pixels), strict=True):
        x, y, z = ml / 25, 528 - ap / 25, 320 - dv / 25
        for axis, value in enumerate((x, y, z)):
            index = np.arange((456, 528, 320)[axis]).reshape(
                [-1 if a == axis else 1 for a in range(3)]
            )
            ramp = np.broadcast_to(index, (456, 528, 320))
            assert cut_labels(ramp, anchoring, 80, 100)[row, column] == int(value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.png,,nissl,myelin,10,12,shift.npy", "line 2 of pairs.csv names no second image"),
        (",b.png,nissl,myelin,10,12,shift.npy", "names no first image, so its other .* unpaired"),
        ("a.png,c.png,nissl,myelin,10,12,shift.npy", "names the second image c.png, which is not"),
        ("a.png,b.png,nissl,myelin,10,12,", "has no transform"),
        ("a.png,b.png,nissl,myelin,10,12", "has no transform"),
        ("a.png,b.png,nissl,myelin,10,12,flat.npy", "line 2 of pairs.csv: .* is singular"),
        ("a.png,b.png,nissl,myelin,10,12,1 1 0 1 1 0", "line 2 of pairs.csv: .* is singular"),
        ("a.png,b.png,nissl,myelin,10,12,1 2 3", "3 numbers instead of 6"),
        ("a.png,b.png,nissl,myelin,10,12,gone.npz", "'gone.npz', which can't be read"),
        ("a.png,b.png,nissl,myelin,10,12,torn.npz", "'torn.npz', which can't be read"),
        ("a.png,b.png,nissl,myelin,10,12,one two", "'one two', which can't be read"),
        ("a.png,b.png,nissl,,10,12,shift.npy", "has no second_modality"),
        ("a.png,b.png,nissl,nissl,10,12,shift.npy", "both images .* are nissl"),
        ("a.png,b.png,nissl,myelin,x,12,shift.npy", "first_pixel_um 'x', which is no finite"),
        ("a.png,b.png,nissl,myelin,-1,12,shift.npy", "first_pixel_um -1.0; give a positive"),
        ("a.png,b.png,nissl,myelin,10,45,shift.npy", "more than 4 times apart"),
    ],
)
def test_faults_of_a_line_are_named(folder, line, message):
    with pytest.raises(BrainseekError, match=message):
        read_pairs(table(folder, line), look)


def test_faults_of_the_table_are_named(folder):
    with pytest.raises(BrainseekError, match="can't be read"):
        read_pairs(folder / "none.csv", look)
    with pytest.raises(BrainseekError, match="lacks the columns first_pixel_um, second_pixel_um"):
        read_pairs(
            table(folder, header="first,second,first_modality,second_modality,transform"), look
        )
    with pytest.raises(BrainseekError, match="lists no pair"):
        read_pairs(table(folder), look)
    with pytest.raises(BrainseekError, match="the group 'x'; give a whole number"):
        read_pairs(table(folder, GOOD + ",x", header=HEADER + ",group"), look)
    with pytest.raises(BrainseekError, match="an anchoring without oy, oz"):
        read_pairs(table(folder, GOOD + ",4", header=HEADER + ",ox"), look)
